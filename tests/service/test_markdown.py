"""A card's Markdown as HTML."""

import pytest

from service.pages.markdown import drawn


def test_headings_stand_below_the_summary() -> None:
    """A first-level heading becomes the third, and none goes beyond the sixth."""
    assert "<h3>Finding</h3>\n" == drawn("# Finding")
    assert "<h6>Finding</h6>\n" == drawn("##### Finding")


def test_tables_are_drawn() -> None:
    """GitHub's tables are drawn, as in an EHR."""
    assert "<td>18</td>" in drawn("| score |\n|---|\n| 18 |")


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b>bold</b> word",
        "![picture](https://evil.example/x.png)",
    ],
)
def test_no_tag_of_the_text_survives(text: str) -> None:
    """Raw HTML and pictures come out as text."""
    assert not any(tag in drawn(text) for tag in ("<script", "<img", "<b>"))


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example", "file:///etc"],
)
def test_links_that_are_no_web_address_stay_text(url: str) -> None:
    """Only http, https and our own paths become links."""
    assert "<a" not in drawn(f"[open]({url})")


def test_links_leave_the_window_alone() -> None:
    """A link opens beside the page and tells the other side nothing."""
    html = drawn("[policy](https://payer.example/policy)")
    assert 'href="https://payer.example/policy"' in html
    assert 'target="_blank" rel="noopener noreferrer"' in html
