"""Kleene's three-valued tables, each cell written out."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.values.kleene import Truth, agreed, all_of, any_of, negate

TRUTHS = st.lists(st.sampled_from([True, False, None]), max_size=6)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (True, True, True),
        (True, False, False),
        (True, None, None),
        (False, True, False),
        (False, False, False),
        (False, None, False),
        (None, True, None),
        (None, False, False),
        (None, None, None),
    ],
)
def test_and(left: Truth, right: Truth, expected: Truth) -> None:
    """One false decides a conjunction, whatever is unknown beside it."""
    assert expected is all_of([left, right])


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (True, True, True),
        (True, False, True),
        (True, None, True),
        (False, True, True),
        (False, False, False),
        (False, None, None),
        (None, True, True),
        (None, False, None),
        (None, None, None),
    ],
)
def test_or(left: Truth, right: Truth, expected: Truth) -> None:
    """One true decides a disjunction, whatever is unknown beside it."""
    assert expected is any_of([left, right])


@pytest.mark.parametrize(("truth", "expected"), [(True, False), (False, True), (None, None)])
def test_not(truth: Truth, expected: Truth) -> None:
    """The opposite of unknown is unknown."""
    assert expected is negate(truth)


@pytest.mark.parametrize(
    ("truths", "expected"),
    [
        ([], None),
        ([True], True),
        ([False], False),
        ([None], None),
        ([True, True], True),
        ([False, False], False),
        ([True, False], None),
        ([True, None], None),
        ([False, None], None),
    ],
)
def test_agreed(truths: Sequence[Truth], expected: Truth) -> None:
    """Only what all say alike is said."""
    assert expected is agreed(truths)


def test_of_nothing() -> None:
    """All of nothing holds, and any of nothing does not."""
    assert all_of([]) is True
    assert any_of([]) is False


def test_an_iterator_is_enough() -> None:
    """The values are gone through once."""
    assert all_of(iter([True, None])) is None
    assert any_of(iter([False, None, True])) is True


@given(TRUTHS)
def test_unknown_means_that_either_answer_is_possible(truths: list[Truth]) -> None:
    """A join that is decided stays so, whatever the unknown parts turn out to be."""
    for join, classical in ((all_of, all), (any_of, any)):
        outcomes = {
            classical(filled if truth is None else truth for truth in truths)
            for filled in (True, False)
        }
        decided = join(truths)
        if decided is None:
            assert {True, False} == outcomes
        else:
            assert {decided} == outcomes
