"""The record's own text in Markdown, rendered by markdown-it: nothing of it takes effect."""

import html
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cards.rendering.markdown import escaped

# GitHub's tables and strike-through, and raw HTML let through: the worst an EHR may do.
RENDERER = MarkdownIt("gfm-like", {"linkify": False, "html": True})

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden",
    "</p><h1>Title",
    "**bold** _italic_ ~~gone~~ `code`",
    "[link](http://evil.example)",
    "![image](http://evil.example/x.png)",
    "[ref]: http://evil.example",
    "<http://evil.example>",
    "<a@b.example>",
    "# Heading",
    "> quoted",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "1) item",
    "12) item",
    "---",
    "***",
    "===",
    "```",
    "~~~",
    "    code",
    "\tcode",
    "| a | b |\n|---|---|\n| c | d |",
    "a\n\nb",
    "a\n===",
    "a\n# b",
    "a  \nb",
    "a\\\nb",
    "\\*escaped\\*",
    "&lt;b&gt; &amp; &#60;b&#62; &copy;",
    "a\r\rb\x0cc\x85d\u2028e\u2029f",
    "[ ] task",
    "[x] task",
    "[^1] note",
    "x_y_z 2*3*4",
    "5 < 6 > 4 & 3",
    "1.8 cm, 50-55 %, 10/mL, a:b, +/-",
    "\u200b1. item",
    "\u200b 1. item",
    "\u200b \u200b \u200b \u200b \u200b code",
    "1\u200b. item",
]

SIGNS = st.text(st.sampled_from("\\`*_[]()<>#+-.!|~&:@/={}^$\"' \n\t\r1a"), max_size=30)
ADDRESSES = ["http://a.example", "www.a.example", "mailto:a@b.example", "ftp://x", "[a]", "(b)"]
MARKS = ["<b>", "</b>", "**", "__", "1.", "1)", "-", "#", ">", "|", "text", "\n", "&amp;", "\\"]
WORDS = st.lists(st.sampled_from(ADDRESSES + MARKS), max_size=8).map(" ".join)
TEXTS = st.one_of(
    SIGNS,
    WORDS,
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
)


def plain(text: str) -> str:
    """Return a text as a reader should see it: visible, on one line, and no e-mail address."""
    hidden = {"Cc", "Cf", "Cs", "Co"}
    split = " ".join(text.split())
    visible = "".join(char for char in split if unicodedata.category(char) not in hidden)
    return " ".join(visible.split()).replace("@", "(at)")


def rendered(markdown: str) -> str:
    """Return what Markdown becomes in HTML, without the last line break."""
    return str(RENDERER.render(markdown)).rstrip("\n")


@settings(max_examples=200)
@given(TEXTS)
def test_a_text_is_shown_as_it_is(text: str) -> None:
    """Beside other words a text comes out as itself: no tag, no link, no other block."""
    page = rendered(f"Found: {escaped(text)} end").removeprefix("<p>").removesuffix("</p>")

    assert "<" not in page
    assert f"Found: {plain(text)} end".split() == html.unescape(page).split()


@settings(max_examples=200)
@given(TEXTS)
def test_a_text_at_the_beginning_of_a_line(text: str) -> None:
    """Even where it begins a paragraph, a text starts no list, heading, table or quotation."""
    page = rendered(escaped(text))

    if plain(text):
        assert f"<p>{plain(text)}</p>" == html.unescape(page)
        assert 2 == page.count("<")
    else:
        assert "" == page


@given(TEXTS)
def test_a_text_in_an_item_of_a_list(text: str) -> None:
    """In a list a text stays inside its item."""
    page = rendered(f"- **title**: {escaped(text)}\n- next")

    assert ["ul", "li", "strong", "/strong", "/li", "li", "/li", "/ul"] == re.findall(
        r"<(/?\w+)>", page
    )


@pytest.mark.parametrize("attack", ATTACKS)
def test_attacks(attack: str) -> None:
    """Each known way to smuggle markup in comes out as plain text, wherever it stands."""
    assert f"<p>{plain(attack)}</p>" == html.unescape(rendered(escaped(attack)))
    assert f"<p>a {plain(attack)} b</p>" == html.unescape(rendered(f"a {escaped(attack)} b"))


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example",
        "https://evil.example/x",
        "ftp://evil.example",
        "HTTP://EVIL.EXAMPLE",
        "www.evil.example",
        "WWW.evil.example",
        "see www.evil.example now",
        "mailto:a@evil.example",
        "xmpp:a@evil.example",
        "a@evil.example",
        "a.b-c@evil.example",
    ],
)
def test_bare_addresses_lose_their_shape(address: str) -> None:
    """GitHub makes links of bare addresses: the signs that they need are not left as they are."""
    markdown = escaped(address)

    assert not re.search(r"(https?|ftp)://|www\.|@", markdown, re.IGNORECASE)


@pytest.mark.parametrize(
    "text",
    [
        "Modified Rodnan skin score 27 on 2026-10-02",
        "TAPSE 1.8 cm; 18 mm",
        "mL/min, 50-55 %",
        "Crohn's disease (active)",
        "Sjögren syndrome",
    ],
)
def test_ordinary_text_stays_readable(text: str) -> None:
    """What a clinician writes every day needs no escape, and gets none."""
    assert text == escaped(text)


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\x1b", "\x00", "\ufeff"])
def test_hidden_characters_are_dropped(hidden: str) -> None:
    """What turns the direction of writing, or hides text, does not reach a card."""
    assert "GAVE seen" == escaped(f"GA{hidden}VE seen")


def test_escaped_text_is_one_line() -> None:
    """A line break in the record cannot begin a new block."""
    assert "\n" not in escaped("a\n\n# b\r\nc")
