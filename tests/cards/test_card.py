"""The card's own rules, and JSON without what CDS Hooks forbids."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.finding import without_empty
from cards.rendering.card import LONGEST_SUMMARY, Card, Link, Source, Topic

CARD = Card(
    uuid="6e0b4a2f-8a55-5b52-9d9b-6a8f9c1d2e3f",
    summary="A summary",
    indicator="info",
    source=Source("Payer", Topic("urn:topic", "Topic1", "Payer 1")),
    detail="Detail",
    links=(Link("Policy", "https://example.org/policy"),),
    extension={"key": {"a": 1}},
)


@pytest.mark.parametrize("length", [1, LONGEST_SUMMARY])
def test_a_summary_that_fits(length: int) -> None:
    """A summary has fewer than 140 characters."""
    assert 140 > LONGEST_SUMMARY
    assert "x" * length == replace(CARD, summary="x" * length).json()["summary"]


@pytest.mark.parametrize("summary", ["", "x" * 140, "two\nlines"])
def test_a_summary_that_does_not_fit(summary: str) -> None:
    """An empty summary, a long one and one of two lines are refused."""
    with pytest.raises(ValueError, match="summary"):
        replace(CARD, summary=summary)


@pytest.mark.parametrize("url", ["/policies/x", "policies/x", "", "javascript:alert(1)", "ftp://x"])
def test_a_link_is_absolute(url: str) -> None:
    """A relative link would lead nowhere in an EHR."""
    with pytest.raises(ValueError, match="absolute"):
        Link("Policy", url)


def test_a_card_as_json() -> None:
    """The card is written as the specification has it."""
    assert {
        "uuid": "6e0b4a2f-8a55-5b52-9d9b-6a8f9c1d2e3f",
        "summary": "A summary",
        "indicator": "info",
        "source": {
            "label": "Payer",
            "topic": {"system": "urn:topic", "code": "Topic1", "display": "Payer 1"},
        },
        "detail": "Detail",
        "links": [{"label": "Policy", "url": "https://example.org/policy", "type": "absolute"}],
        "extension": {"key": {"a": 1}},
    } == CARD.json()


def test_empty_parts_are_left_out() -> None:
    """A card without links and extension has no such keys."""
    content = replace(CARD, links=(), extension={"key": {"empty": []}}).json()

    assert {"uuid", "summary", "indicator", "source", "detail"} == set(content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"a": None, "b": "", "c": [], "d": {}, "e": 0, "f": False}, {"e": 0, "f": False}),
        ({"a": {"b": {"c": None}}}, {}),
        ({"a": [None, "", {}, 1]}, {"a": [1]}),
        ([{"a": None}, {"b": 1}], [{"b": 1}]),
        ("text", "text"),
    ],
    ids=str,
)
def test_without_empty(content: Any, expected: Any) -> None:
    """Nulls and empty values go, at any depth; zero and false are values."""
    assert expected == without_empty(content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def values_in(content: Any) -> Iterator[Any]:
    """Yield every value below the top, at any depth."""
    inner = content.values() if isinstance(content, dict) else content
    for each in inner if isinstance(content, dict | list) else ():
        yield each
        yield from values_in(each)


@given(st.dictionaries(st.text(max_size=3), JSON, max_size=4))
def test_nothing_empty_is_left(content: dict[str, Any]) -> None:
    """Whatever goes in, no null and nothing empty comes out below the top."""
    left = list(values_in(without_empty(content)))

    assert [] == [each for each in left if each is None or each in ("", [], {})]
