"""Intervals against the values that they hold: decided only where all of them agree."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.values.interval import INFINITY, Interval
from cards.values.kleene import Truth

D = Decimal
NUMBERS = st.decimals(-50, 50, places=1)
COMPARATORS = st.sampled_from([None, "<", "<=", ">=", ">"])


@pytest.mark.parametrize(
    ("comparator", "at_least", "above", "below", "at_most"),
    [
        (None, True, False, False, True),
        ("<", False, False, True, True),
        ("<=", None, False, None, True),
        (">=", True, None, False, None),
        (">", True, True, False, False),
    ],
)
def test_a_comparator_at_the_very_bound(
    comparator: str | None, at_least: Truth, above: Truth, below: Truth, at_most: Truth
) -> None:
    """Of `< 50`, `<= 50`, 50, `>= 50` and `> 50`, each is decided against 50 as far as it can."""
    interval = Interval.compared(comparator, D(50))

    assert interval is not None
    assert at_least is interval.at_least(D(50))
    assert above is interval.above(D(50))
    assert below is interval.below(D(50))
    assert at_most is interval.at_most(D(50))


@pytest.mark.parametrize("comparator", ["ad", "~", "", "=", "sa"])
def test_an_unknown_comparator_says_nothing(comparator: str) -> None:
    """What is not understood is not taken for an exact value."""
    assert Interval.compared(comparator, D(50)) is None


@given(COMPARATORS, NUMBERS, NUMBERS, NUMBERS)
def test_a_decided_test_holds_for_every_value_inside(
    comparator: str | None, stated: Decimal, bound: Decimal, inside: Decimal
) -> None:
    """No value that the comparator allows contradicts a decided answer."""
    allowed = {
        None: inside == stated,
        "<": inside < stated,
        "<=": inside <= stated,
        ">=": inside >= stated,
        ">": inside > stated,
    }[comparator]
    interval = Interval.compared(comparator, stated)

    assert interval is not None
    if allowed:
        assert interval.at_least(bound) in (inside >= bound, None)
        assert interval.above(bound) in (inside > bound, None)
        assert interval.below(bound) in (inside < bound, None)
        assert interval.at_most(bound) in (inside <= bound, None)


@given(NUMBERS, NUMBERS)
def test_an_exact_value_is_always_decided(exact: Decimal, bound: Decimal) -> None:
    """One value leaves nothing open, and opposite tests have opposite answers."""
    interval = Interval.exact(exact)

    assert interval.is_exact
    assert (exact >= bound) is interval.at_least(bound)
    assert (exact > bound) is interval.above(bound)
    assert (exact < bound) is interval.below(bound)
    assert (exact <= bound) is interval.at_most(bound)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(50, 55, True), (45, 49, False), (45, 50, None), (49, 55, None), (45, 55, None)],
)
def test_a_range_is_decided_only_on_one_side(low: int, high: int, expected: Truth) -> None:
    """A range that touches 50 from below leaves `50 or more` open."""
    assert expected is Interval(D(low), D(high)).at_least(D(50))


def test_scaling_keeps_digits_and_open_ends() -> None:
    """18 mm are exactly 1.8 cm, and `< 18 mm` stays open at its end."""
    interval = Interval.compared("<", D(18))

    assert interval is not None
    assert Interval(-INFINITY, D("1.8"), high_open=True) == interval.scaled(D("0.1"))


def test_within_looks_at_stated_bounds_only() -> None:
    """The endless side of `>= 95` is not judged; its stated bound is."""
    at_least_95 = Interval(D(95), INFINITY)

    assert at_least_95.within(D(1), D(100)) is True
    assert Interval(D(101), INFINITY).within(D(1), D(100)) is False
    assert Interval(D(1), D(100)).within(D(1), D(100)) is True


def test_clipping_keeps_to_what_is_possible() -> None:
    """`> 95 %` of at most 100 % ends at 100, and stays open at 95."""
    clipped = Interval(D(95), INFINITY, low_open=True).clipped(D(1), D(100))

    assert Interval(D(95), D(100), low_open=True) == clipped


def test_clipping_to_a_bound_closes_the_end() -> None:
    """An end that clipping sets belongs to the interval, though the old one was open."""
    clipped = Interval(-INFINITY, D(200), high_open=True).clipped(D(1), D(100))

    assert Interval(D(1), D(100)) == clipped


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Interval(D(1), D(3)), Interval(D(2), D(4)), True),
        (Interval(D(1), D(2)), Interval(D(3), D(4)), False),
        (Interval(D(1), D(2)), Interval(D(2), D(4)), True),
        (Interval(D(1), D(2), high_open=True), Interval(D(2), D(4)), False),
        (Interval(D(1), D(2)), Interval(D(2), D(4), low_open=True), False),
        (Interval(D(1), INFINITY), Interval(-INFINITY, D(5)), True),
    ],
)
def test_meeting(one: Interval, other: Interval, expected: bool) -> None:  # noqa: FBT001
    """Two intervals meet where some value lies in both, whichever is asked."""
    assert expected is one.meets(other)
    assert expected is other.meets(one)
