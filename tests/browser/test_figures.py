"""Drawings as a person sees them: decision diagrams, the lit way, the plot, pages on paper."""

import pytest
import requests
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from cards.library import load_library
from tests.browser.test_page import (
    CHECKS,
    WAIT_SECONDS,
    emulate,
    every,
    focused,
    one,
    open_story,
    press,
    sign,
)
from tests.service.requests_sent import ORDER_SIGN

pytestmark = pytest.mark.browser

POLICIES = [policy.id for policy in load_library().policies]
A4_WIDTH = 680
"""The text of an A4 page between our margins of 15 mm, in CSS pixels."""

OUT_OF_PLACE = """
const out = [];
for (const svg of document.querySelectorAll("svg[data-diagram]")) {
  const all = svg.getBoundingClientRect();
  for (const node of svg.querySelectorAll("[data-node]")) {
    const box = node.querySelector("rect").getBoundingClientRect();
    const parts = [...node.querySelectorAll("text")].map((each) => each.getBoundingClientRect());
    for (const text of parts) {
      const inside = text.left >= box.left && text.right <= box.right + 0.5
        && text.top >= box.top - 1 && text.bottom <= box.bottom + 2;
      if (!inside) out.push(`text leaves its box: ${node.textContent.trim()}`);
    }
    for (const [at, text] of parts.entries()) {
      const covers = (other) => other.right > text.left && other.bottom - 4 > text.top;
      if (parts.slice(0, at).some(covers)) {
        out.push(`text on text: ${node.textContent.trim()}`);
      }
    }
    if (box.left < all.left - 1 || box.right > all.right + 1 || box.bottom > all.bottom + 1) {
      out.push(`box leaves the drawing: ${node.textContent.trim()}`);
    }
  }
}
return out;
"""


@pytest.mark.parametrize("policy", POLICIES)
def test_a_decision_is_drawn_so_that_it_can_be_read(
    browser: Chrome, address: str, policy: str
) -> None:
    """Every text stays in its box and every box in the drawing; a list says the same."""
    browser.get(f"{address}/policies/{policy}")
    drawing = one(browser, "svg[data-diagram]")
    assert drawing.accessible_name.startswith("Decision of ")
    assert [] == browser.execute_script(OUT_OF_PLACE)

    drawn = len(every(browser, "[data-node='outcome']"))
    one(browser, "summary").click()
    assert drawn == len(every(browser, ".tree .leaf"))


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_fits_an_a4_page(browser: Chrome, address: str, policy: str) -> None:
    """On paper nothing runs over the edge, the drawing fits one page, its text can be read."""
    emulate(browser, width=A4_WIDTH)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.get(f"{address}/policies/{policy}")

    assert browser.execute_script("return document.documentElement.scrollWidth") <= A4_WIDTH
    drawing = one(browser, "svg[data-diagram]")
    assert drawing.size["height"] <= 250 / 25.4 * 96
    scale = browser.execute_script("return arguments[0].getScreenCTM().a", drawing)
    assert 13 * scale * 72 / 96 >= 7.5  # points
    assert one(browser, ".notice").is_displayed()
    assert one(browser, ".sign-off").is_displayed()


@pytest.mark.parametrize(
    ("story", "determination"),
    [
        ("ejection-fraction-49-excludes", "investigational"),
        ("second-remission-told-by-dates-alone", "medically-necessary"),
    ],
)
def test_the_way_of_an_order_ends_in_its_determination(
    browser: Chrome, address: str, story: str, determination: str
) -> None:
    """The thick line runs from the root to one outcome: the one that the page names."""
    open_story(browser, address, story)
    sign(browser)
    ends = every(browser, "[data-node='outcome'][data-reached='taken']")
    assert [determination] == [each.get_attribute("data-determination") for each in ends]
    words = ends[0].find_element(By.CSS_SELECTOR, "text").text
    assert words in one(browser, ".finding-head").text
    assert f"It ends here: {words}." == one(browser, "[data-ending]").text
    assert [] == every(browser, "[data-reached='possible']")
    assert [] == browser.execute_script(OUT_OF_PLACE)

    taken, passed = one(browser, ".way-line.taken"), one(browser, ".way-line.passed-by")
    width = "stroke-width"
    assert taken.value_of_css_property(width) != passed.value_of_css_property(width)


def test_a_way_that_stays_open_is_dashed(browser: Chrome, address: str) -> None:
    """Where a fact is missing, both outcomes are possible, and neither is taken."""
    open_story(browser, address, "ejection-fraction-missing")
    sign(browser)
    ends = every(browser, "[data-node='outcome'][data-reached='possible']")
    assert ["medically-necessary", "investigational"] == [
        each.get_attribute("data-determination") for each in ends
    ]
    assert "none" != one(browser, ".way-line.possible").value_of_css_property("stroke-dasharray")
    assert [] == every(browser, "[data-node='outcome'][data-reached='taken']")


@pytest.mark.parametrize(
    "path", ["/policies/hcsc/sur703.043", "/policies", "/evidence/scleroderma-hsct"]
)
def test_the_narrowest_screen(browser: Chrome, address: str, path: str) -> None:
    """At 320 pixels only drawings and tables scroll, each in a frame that the keyboard reaches."""
    emulate(browser, width=320)
    browser.get(address + path)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 320
    assert [] == browser.execute_script(CHECKS)
    for frame in every(browser, ".diagram, .wide"):
        assert "0" == frame.get_attribute("tabindex")
        assert frame.get_attribute("aria-label")


def test_the_narrowest_screen_with_feedback(browser: Chrome, address: str) -> None:
    """The counts of a policy scroll in a frame of their own, once a card has been shown."""
    story = requests.get(f"{address}/stories/skin-score-14-is-one-too-few/request.json", timeout=10)
    signed = requests.post(f"{address}{ORDER_SIGN}", json=story.json(), timeout=10)
    assert signed.json()["cards"]

    def counted(browser: Chrome) -> bool:
        browser.get(f"{address}/feedback")
        return bool(every(browser, ".reception .wide table"))

    emulate(browser, width=320)
    WebDriverWait(browser, WAIT_SECONDS).until(counted)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 320
    assert [] == browser.execute_script(CHECKS)
    for frame in every(browser, ".wide"):
        assert "0" == frame.get_attribute("tabindex")
        assert frame.get_attribute("aria-label")


def test_a_wide_drawing_is_scrolled_by_keyboard(browser: Chrome, address: str) -> None:
    """The frame of a drawing takes the focus, and the arrow keys move it."""
    emulate(browser, width=320)
    browser.get(f"{address}/policies/capital-blue-cross/mp-9.053")
    frame = one(browser, ".diagram")
    browser.execute_script("arguments[0].focus()", frame)
    assert frame == focused(browser)
    press(browser, Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    WebDriverWait(browser, WAIT_SECONDS).until(
        lambda _: browser.execute_script("return arguments[0].scrollLeft", frame) > 0
    )


@pytest.mark.parametrize("width", [1280, 320])
def test_the_plot_shows_early_harm_and_late_benefit(
    browser: Chrome, address: str, width: int
) -> None:
    """The transplant's bar is the longer one in the first year and the shorter after four."""
    emulate(browser, width=width)
    browser.get(f"{address}/evidence/scleroderma-hsct")
    plot = one(browser, "svg[data-plot]")
    assert "ASTIS" in plot.accessible_name
    bars = [each.size["width"] for each in every(browser, "[data-bar] .events")]
    assert 6 == len(bars)
    assert bars[0] > bars[1]
    assert bars[2] == pytest.approx(bars[3], abs=1)
    assert bars[4] < bars[5]
    right = plot.rect["x"] + plot.rect["width"]
    for text in every(browser, "svg[data-plot] text"):
        assert text.rect["x"] + text.rect["width"] <= right + 1
    assert "13 (16.5%)" in one(browser, ".figures").text


def test_the_evidence_is_reached_from_policy_and_story(browser: Chrome, address: str) -> None:
    """Scleroderma leads to the evidence from the policy's page and from a signed order."""
    browser.get(f"{address}/policies/capital-blue-cross/mp-9.053")
    one(browser, "main a[href='/evidence/scleroderma-hsct']").click()
    assert "scleroderma" in one(browser, "h1").text
    open_story(browser, address, "ejection-fraction-49-excludes")
    sign(browser)
    assert one(browser, ".criteria a[href='/evidence/scleroderma-hsct']").is_displayed()
    open_story(browser, address, "lupus-is-investigational")
    sign(browser)
    assert [] == every(browser, ".criteria a[href='/evidence/scleroderma-hsct']")
