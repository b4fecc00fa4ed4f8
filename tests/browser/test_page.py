"""The pages as a person uses them: a story chosen, an order signed, the answer read."""

from pathlib import Path

import pytest
import requests
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

pytestmark = pytest.mark.browser

CHECKS = Path(__file__).with_name("checks.js").read_text(encoding="utf-8")
WAIT_SECONDS = 15


def one(browser: Chrome, selector: str) -> WebElement:
    """Return the first element that *selector* finds; fails where there is none."""
    return browser.find_element(By.CSS_SELECTOR, selector)


def every(browser: Chrome, selector: str) -> list[WebElement]:
    """Return the elements that *selector* finds."""
    return browser.find_elements(By.CSS_SELECTOR, selector)


def wait_for_answer(browser: Chrome) -> WebElement:
    """Wait until the answer is drawn and settled, and return it."""
    answer = one(browser, "[data-answer]")
    WebDriverWait(browser, WAIT_SECONDS).until(
        lambda _: answer.is_displayed() and answer.get_attribute("aria-busy") == "false"
    )
    return answer


def sign(browser: Chrome) -> WebElement:
    """Press the button and return the answer."""
    one(browser, "[data-sign]").click()
    return wait_for_answer(browser)


def open_story(browser: Chrome, address: str, slug: str) -> None:
    """Open a story's page."""
    browser.get(f"{address}/stories/{slug}")


def emulate(browser: Chrome, *, width: int = 1280, scheme: str = "light") -> None:
    """Give the page *width* pixels and the user's preferred colour scheme."""
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    preference = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [preference]})


def press(browser: Chrome, *keys: str) -> None:
    """Press *keys*, one after the other."""
    for key in keys:
        ActionChains(browser).send_keys(key).perform()


def focused(browser: Chrome) -> WebElement:
    """Return the element that has the focus."""
    return browser.switch_to.active_element


def test_a_story_is_found_chosen_signed_and_answered_with_a_warning(
    browser: Chrome, address: str
) -> None:
    """From the front page: find a story, sign its order, read the card and what decided it."""
    browser.get(address)
    one(browser, "#filter").send_keys("fraction 49 excludes")
    links = [link for link in every(browser, "[data-words]") if link.is_displayed()]
    assert 1 == len(links)
    title = links[0].text
    links[0].click()
    assert title == one(browser, "h1").text

    sign(browser)

    card = one(browser, ".card-warning")
    assert "Warning" == card.find_element(By.CSS_SELECTOR, ".indicator").text
    assert "investigational" in card.find_element(By.CSS_SELECTOR, ".summary").text.lower()
    assert "contract governs" in card.text
    row = one(browser, "[data-criterion='lvef']")
    assert "not-met" == row.get_attribute("data-verdict")
    assert "Not met" in row.text
    assert "A-16" in row.text
    assert "49 % on 2026-05-31; 50% or more is required" in row.text
    evidence = row.find_element(By.CSS_SELECTOR, ".evidence a").get_attribute("href")
    assert "Observation" == requests.get(str(evidence), timeout=5).json()["resourceType"]


def test_the_order_is_shown_in_human_terms(browser: Chrome, address: str) -> None:
    """The order says what, for whom, why and who pays, before anything is signed."""
    open_story(browser, address, "ejection-fraction-49-excludes")
    terms = [term.text for term in every(browser, ".order dt")]
    assert ["What", "For whom", "Why", "Payer"] == terms[:4]
    said = one(browser, ".order").text
    assert "CPT 38241" in said
    assert "Capital Blue Cross" in said
    assert not one(browser, "[data-answer]").is_displayed()


def test_what_is_missing_is_asked_for(browser: Chrome, address: str) -> None:
    """A missing fact gives an information card and a row that says it is not documented."""
    open_story(browser, address, "ejection-fraction-missing")
    sign(browser)
    assert "For information" == one(browser, ".card-info .indicator").text
    assert "Not documented" in one(browser, "[data-verdict='not-documented']").text


def test_no_card_because_every_criterion_is_met(browser: Chrome, address: str) -> None:
    """Where no card comes, the page says why, and still lists every criterion."""
    open_story(browser, address, "every-criterion-is-met")
    sign(browser)
    assert [] == every(browser, ".card")
    assert "criteria met" in one(browser, ".no-card").text
    assert len(every(browser, "[data-verdict='met']")) > 10


def test_no_card_because_no_policy_governs(browser: Chrome, address: str) -> None:
    """An order of another field is signed without interruption, and the page says so."""
    open_story(browser, address, "kidney-transplant-is-another-field")
    sign(browser)
    assert [] == every(browser, ".card, [data-verdict]")
    assert "No policy governs this order" in one(browser, ".no-card").text


@pytest.mark.parametrize("width", [1280, 360])
def test_the_course_of_a_leukemia_is_drawn(browser: Chrome, address: str, width: int) -> None:
    """Remissions and relapses stand apart along a line of time, and a list says the same."""
    emulate(browser, width=width)
    open_story(browser, address, "second-remission-told-by-dates-alone")
    sign(browser)
    line = one(browser, "svg.course-line")
    assert "Course of the disease from 2024-02-06 to 2026-10-08" == line.accessible_name
    marks = every(browser, "[data-mark]")
    states = ["active", "remission", "relapse", "remission"]
    assert states == [mark.get_attribute("data-mark") for mark in marks]
    boxes = [mark.find_element(By.CSS_SELECTOR, ".fill").rect for mark in marks]
    assert line.rect["x"] <= boxes[0]["x"]
    assert boxes[-1]["x"] + boxes[-1]["width"] <= line.rect["x"] + line.rect["width"]
    for at, box in enumerate(boxes):
        for other in boxes[:at]:
            beside = other["x"] + other["width"] <= box["x"]
            assert beside or abs(other["y"] - box["y"]) >= box["height"]
    rows = [row.text for row in every(browser, ".course-list li")]
    assert rows[3].startswith("2026-05-05 remission: Acute lymphoblastic leukemia, in remission")
    evidence = one(browser, ".course-list a").get_attribute("href")
    assert "Condition" == requests.get(str(evidence), timeout=5).json()["resourceType"]


def test_the_keyboard_is_enough(browser: Chrome, address: str) -> None:
    """Skip to the content, reach the button, press it, and keep the focus while it answers."""
    open_story(browser, address, "ejection-fraction-49-excludes")
    press(browser, Keys.TAB)
    assert "Skip to the content" == focused(browser).text
    assert focused(browser).location["y"] >= 0
    press(browser, Keys.ENTER, Keys.TAB)
    assert "Sign order" == focused(browser).text
    outline = focused(browser).value_of_css_property("outline-width")
    assert "0px" != outline
    press(browser, Keys.ENTER)
    wait_for_answer(browser)
    assert "Sign order" == focused(browser).text
    said = one(browser, "[data-progress]")
    assert "status" == said.get_attribute("role")
    assert said.text.startswith("One card.")


def test_a_story_is_chosen_by_keyboard(browser: Chrome, address: str) -> None:
    """Tab to the field, type, tab to the story that is left, and open it."""
    browser.get(address)
    while focused(browser).get_attribute("id") != "filter":
        press(browser, Keys.TAB)
    press(browser, *"lupus", Keys.TAB)
    assert "Lupus" == focused(browser).text
    press(browser, Keys.ENTER)
    WebDriverWait(browser, WAIT_SECONDS).until(lambda _: one(browser, "h1").text == "Lupus")


def test_text_of_the_record_stays_text(browser: Chrome, address: str) -> None:
    """Markdown and HTML in an order neither run nor change the look of the card."""
    open_story(browser, address, "order-text-with-markup")
    assert "<img src=x onerror=alert(3)>" in one(browser, ".order .what").text
    answer = sign(browser)
    assert "<script>alert(1)</script>" in answer.text
    assert "**meets all criteria**" in answer.text
    assert [] == every(browser, "[data-answer] :is(img, script, b, code, h1, [onerror])")
    assert [] == every(browser, "[data-answer] a[href*='evil.example']")
    assert "Warning" == one(browser, ".card .indicator").text


def test_a_card_from_elsewhere_is_drawn_inert(address: str) -> None:
    """The drawing escapes whatever a card holds: scripts, handlers, and links that run code."""
    hostile = "<img src=x onerror=alert(1)>"
    card = {
        "summary": hostile,
        "indicator": "info",
        "source": {"label": hostile, "url": "javascript:alert(1)"},
        "detail": f"{hostile} [a](javascript:alert(1)) ![b](https://evil.example/b.png)",
        "links": [{"label": hostile, "url": "data:text/html,<script>", "type": "absolute"}],
    }
    drawn = requests.post(
        f"{address}/stories/every-criterion-is-met/drawn", json={"cards": [card]}, timeout=5
    )
    assert 200 == drawn.status_code
    assert "<img" not in drawn.text
    assert 'href="javascript' not in drawn.text
    assert 'href="data' not in drawn.text


def test_only_our_own_page_has_answers_drawn(address: str) -> None:
    """A form on a foreign page, which cannot send JSON, gets nothing drawn."""
    url = f"{address}/stories/every-criterion-is-met/drawn"
    assert 415 == requests.post(url, data='{"cards": []}', timeout=5).status_code
    assert 422 == requests.post(url, json={"cards": "none"}, timeout=5).status_code


def test_an_operation_outcome_is_shown_as_such(browser: Chrome, address: str) -> None:
    """Where the service answers with an error, the page says so and shows the reason."""
    open_story(browser, address, "ejection-fraction-49-excludes")
    browser.execute_script(
        """document.querySelector("[data-request]").textContent = '{"hook": "order-sign"}'"""
    )
    sign(browser)
    problem = one(browser, ".problem").text
    assert "could not review this request" in problem
    assert "400" in problem
    assert "context" in problem or "hookInstance" in problem
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # Chromium itself notes the 400


def test_silence_is_not_taken_for_an_answer(browser: Chrome, address: str) -> None:
    """Where the service cannot be reached, the page says that there was no answer."""
    open_story(browser, address, "ejection-fraction-49-excludes")
    browser.execute_script(
        "document.querySelector('[data-sign]').dataset.hook = 'http://127.0.0.1:9/'"
    )
    sign(browser)
    assert "The service gave no answer" in one(browser, ".problem").text
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # Chromium notes the refusal


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize(
    "path",
    [
        "/stories/ejection-fraction-49-excludes",
        "/stories/ejection-fraction-missing",
        "/stories/every-criterion-is-met",
        "/stories/second-remission-told-by-dates-alone",
        "/policies",
        "/policies/capital-blue-cross/mp-9.053",
        "/evidence/scleroderma-hsct",
    ],
)
def test_pages_are_accessible(
    browser: Chrome, address: str, path: str, width: int, scheme: str
) -> None:
    """Names, landmarks, headings and contrast hold, and nothing runs out of a narrow screen."""
    emulate(browser, width=width, scheme=scheme)
    browser.get(address + path)
    if every(browser, "[data-sign]"):
        sign(browser)
    browser.execute_script(
        "for (const each of document.querySelectorAll('details')) each.open = true"
    )
    browser.execute_script("document.getAnimations().forEach((a) => a.finish())")
    assert [] == browser.execute_script(CHECKS)
    assert width >= browser.execute_script("return document.documentElement.scrollWidth")
    assert "not a clinical recommendation" in one(browser, ".notice").text


def test_a_narrow_screen_opens_the_list_on_demand(browser: Chrome, address: str) -> None:
    """On a telephone the list of stories waits behind a button, and the story comes first."""
    emulate(browser, width=360)
    open_story(browser, address, "ejection-fraction-49-excludes")
    body, button = one(browser, "#chooser-body"), one(browser, "[data-chooser-toggle]")
    assert not body.is_displayed()
    button.click()
    assert body.is_displayed()
    assert "true" == button.get_attribute("aria-expanded")


def test_a_policy_shows_its_criteria_and_citations(browser: Chrome, address: str) -> None:
    """The policy's page names the document, its dates, and each criterion with its section."""
    browser.get(f"{address}/policies")
    one(browser, "main a[href*='mp-9.053']").click()
    main = one(browser, "main").text
    for said in ("MP 9.053", "1 Jun 2026", "5 Feb 2026", "A-04", "A-16", "Policy guidelines"):
        assert said in main


def test_a_page_that_is_not_there(address: str) -> None:
    """An unknown story or policy is a 404 in the style of the other pages."""
    for path in ("/stories/no-such-story", "/policies/no-such-payer/1"):
        answer = requests.get(address + path, timeout=5)
        assert 404 == answer.status_code
        assert "There is no such page" in answer.text


def test_pages_let_nothing_foreign_in(address: str) -> None:
    """Scripts, styles, pictures and requests are the service's own, and nobody frames a page."""
    policy = requests.get(address, timeout=5).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
