"""Relative fall of the vital capacity: ten per cent or more within twelve months."""

from typing import Any

import pytest

from cards.verdict import State, Why
from tests.cards.building import FVC, FVC_PERCENT, Code, Json, observation, state, verdict


def fvc(identity: str, content: Any, on: str | None, what: Code | str = FVC_PERCENT) -> Json:
    """Return a vital capacity of a day."""
    return observation(identity, what, content, effectiveDateTime=on)


def pair(
    before: Any, after: Any, first: str = "2026-03-01", last: str = "2026-10-01"
) -> list[Json]:
    """Return two values."""
    return [fvc("before", before, first), fvc("after", after, last)]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ((80, "%"), (72, "%"), "met"),  # exactly ten per cent of itself, eight points
        ((80, "%"), (72.1, "%"), "not-met"),
        ((80, "%"), (71.9, "%"), "met"),
        ((100, "%"), (90, "%"), "met"),
        ((100, "%"), (91, "%"), "not-met"),
        ((50, "%"), (45, "%"), "met"),
        ((72, "%"), (80, "%"), "not-met"),
        ((80, "%"), (80, "%"), "not-met"),
        ((0.8, "1"), (72, "%"), "met"),
        ((80, "%"), ("<", 60, "%"), "met"),
        ((80, "%"), ("<", 75, "%"), "not-documented"),
        ((80, "%"), (">=", 75, "%"), "not-met"),
        ((80, "%"), "normal", "not-documented"),
    ],
)
def test_the_fall_is_relative(before: Any, after: Any, expected: str) -> None:
    """Ten per cent of the earlier value are enough, and a little less is not."""
    assert expected == state("fvc-decline", *pair(before, after))


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("2025-11-21", "met"),
        ("2025-11-20", "not-documented"),
        ("2025-12", "met"),
        ("2025-11", "not-documented"),
        ("2025", "not-documented"),
    ],
)
def test_both_values_lie_within_twelve_months(before: str, expected: str) -> None:
    """A baseline of surely no more than twelve months ago counts, and no older one."""
    assert expected == state("fvc-decline", *pair((80, "%"), (60, "%"), first=before))


def test_volumes_are_compared_with_volumes() -> None:
    """Litres fall by ten per cent as percentages do, in whatever unit."""
    volumes = [fvc("a", (3.0, "L"), "2026-03-01", FVC), fvc("b", (2700, "mL"), "2026-10-01", FVC)]

    assert "met" == state("fvc-decline", *volumes)


def test_a_volume_is_not_compared_with_a_percentage() -> None:
    """Values that were recorded unlike each other are not comparable."""
    mixed = [fvc("a", (3.0, "L"), "2026-03-01", FVC), fvc("b", (70, "%"), "2026-10-01")]
    found = verdict("fvc-decline", mixed)

    assert (State.NOT_DOCUMENTED, Why.TOO_FEW) == (found.state, found.why)


def test_values_under_different_codes_are_not_compared() -> None:
    """Before and after bronchodilation are two quantities."""
    pre, post = ("http://loinc.org", "19876-2"), ("http://loinc.org", "19874-7")
    mixed = [fvc("a", (3.0, "L"), "2026-03-01", post), fvc("b", (2.5, "L"), "2026-10-01", pre)]

    assert "not-documented" == state("fvc-decline", *mixed)


def test_any_earlier_value_may_be_the_baseline() -> None:
    """A rise on the way does not hide the fall from the highest value."""
    values = [
        fvc("a", (80, "%"), "2026-01-01"),
        fvc("b", (72, "%"), "2026-05-01"),
        fvc("c", (70, "%"), "2026-10-01"),
    ]
    found = verdict("fvc-decline", values)

    assert State.MET is found.state
    assert ["Observation/a", "Observation/c"] == [each.reference for each in found.evidence]


def test_a_fall_that_has_been_made_good_does_not_count() -> None:
    """The latest value is what is compared."""
    values = [
        fvc("a", (80, "%"), "2026-01-01"),
        fvc("b", (60, "%"), "2026-05-01"),
        fvc("c", (79, "%"), "2026-10-01"),
    ]

    assert "not-met" == state("fvc-decline", *values)


@pytest.mark.parametrize("resources", [[], [fvc("a", (80, "%"), "2026-10-01")]])
def test_one_value_is_too_few(resources: list[Json]) -> None:
    """A change needs two values."""
    found = verdict("fvc-decline", resources)

    assert (State.NOT_DOCUMENTED, Why.TOO_FEW) == (found.state, found.why)


def test_undated_values_are_not_compared() -> None:
    """A value of no day is neither before nor after."""
    undated = [fvc("a", (80, "%"), None), fvc("b", (60, "%"), "2026-10-01")]

    assert "not-documented" == state("fvc-decline", *undated)


def test_a_part_of_the_record_leaves_the_latest_value_open() -> None:
    """Where only a part was read, no value is known to be the latest, as for other measurements."""
    unread = {"Observation": "the second page could not be read"}
    fell, stood = pair((80, "%"), (60, "%")), pair((80, "%"), (80, "%"))

    assert State.UNAVAILABLE is verdict("fvc-decline", fell, unavailable=unread).state
    assert State.UNAVAILABLE is verdict("fvc-decline", stood, unavailable=unread).state
    assert State.UNAVAILABLE is verdict("fvc-decline", [], unavailable=unread).state
