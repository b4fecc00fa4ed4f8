"""Cyclophosphamide: less than six calendar months in all courses together."""

from datetime import date, timedelta

import pytest

from cards.verdict import State, Why
from tests.cards.building import (
    Json,
    medication,
    state,
    statement,
    verdict,
)


def dose(on: str, status: str = "completed") -> Json:
    """Return a single dose."""
    return medication("MedicationAdministration", f"dose-{on}", status, effectiveDateTime=on)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2025-01-10", "2025-07-09", "met"),
        ("2025-01-10", "2025-07-10", "not-met"),
        ("2025-01-10", "2025-07-11", "not-met"),
        ("2025-01-10", "2025-01-10", "met"),
        ("2025-08-31", "2026-02-27", "met"),
        ("2025-08-31", "2026-02-28", "not-met"),
        ("2025-01", "2025-07", "not-documented"),
        ("2025-01", "2025-05", "met"),
        ("2025-01", "2025-09", "not-met"),
        ("2024", "2025", "not-documented"),
        ("2023", "2025", "not-met"),
    ],
)
def test_both_sides_of_six_months(start: str, end: str, expected: str) -> None:
    """Six calendar months to the day are too many; partial dates must leave no doubt."""
    assert expected == state("cyclophosphamide", statement("c", start, end))


def test_courses_are_summed() -> None:
    """Two courses of three months and a half are seven months."""
    first, second = (
        statement("a", "2023-01-01", "2023-04-15"),
        statement("b", "2024-01-01", "2024-04-15"),
    )

    assert "met" == state("cyclophosphamide", first)
    assert "met" == state("cyclophosphamide", second)
    assert "not-met" == state("cyclophosphamide", first, second)


def test_what_overlaps_counts_once() -> None:
    """Two records of the same months are not twice the months."""
    first, second = (
        statement("a", "2025-01-01", "2025-04-30"),
        statement("b", "2025-02-01", "2025-05-31"),
    )

    assert "met" == state("cyclophosphamide", first, second)


@pytest.mark.parametrize(("start", "expected"), [("2026-05-21", "not-met"), ("2026-05-22", "met")])
def test_an_ongoing_course_counts_until_today(start: str, expected: str) -> None:
    """A course without end that is still taken has lasted until the day of review."""
    assert expected == state("cyclophosphamide", statement("c", start, None, "active"))


def test_a_finished_course_without_end_is_open() -> None:
    """When a finished course ended is not known: it may have been any day until now."""
    assert "not-documented" == state("cyclophosphamide", statement("c", "2024-01-01", None))
    assert "met" == state("cyclophosphamide", statement("c", "2026-08-01", None))


def test_an_open_course_beside_a_long_one() -> None:
    """What is surely six months decides, whatever else is open."""
    long = statement("a", "2023-01-01", "2023-08-01")

    assert "not-met" == state("cyclophosphamide", long, statement("b", "2024-01-01", None))


def test_a_course_in_the_future_is_not_history() -> None:
    """Treatment that is planned for the transplant itself does not count."""
    planned = statement("c", "2026-12-01", "2027-07-01", "active")

    assert "not-documented" == state("cyclophosphamide", planned)


WEEKLY = [(date(2026, 1, 5) + timedelta(weeks=week)).isoformat() for week in range(30)]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["2026-01-10"], "met"),
        (["2026-01-10", "2026-02-10", "2026-03-10"], "met"),
        ([f"2026-{month:02}-10" for month in range(1, 6)], "met"),
        ([f"2026-{month:02}-10" for month in range(1, 8)], "not-documented"),
        (WEEKLY, "not-met"),
        (WEEKLY[:20], "met"),
        (["2026-01-10", "2026-08-10"], "not-documented"),
    ],
)
def test_single_doses(days: list[str], expected: str) -> None:
    """Weekly doses add up to a course; of monthly pulses and doses far apart it stays open."""
    assert expected == state("cyclophosphamide", *map(dose, days))


@pytest.mark.parametrize(
    "period", [{"end": "2025-01-01"}, {"start": "then", "end": "2025-01-01"}, {}]
)
def test_a_course_without_a_beginning(period: Json) -> None:
    """A course whose beginning is missing or broken leaves the total open."""
    unbegun = medication("MedicationStatement", "c", "completed", effectivePeriod=period)

    assert "not-documented" == state("cyclophosphamide", unbegun)
    assert "not-documented" == state(
        "cyclophosphamide", unbegun, statement("s", "2024-01-01", "2024-02-01")
    )


def test_a_course_that_ends_before_it_begins() -> None:
    """Dates in the wrong order say nothing that could be counted."""
    assert "not-documented" == state("cyclophosphamide", statement("c", "2025-06-01", "2025-01-01"))


def test_silence_is_not_never() -> None:
    """No record of the drug proves neither treatment nor its absence."""
    found = verdict("cyclophosphamide", [])

    assert (State.NOT_DOCUMENTED, Why.SILENT) == (found.state, found.why)


@pytest.mark.parametrize(
    "kind",
    ["MedicationAdministration", "MedicationStatement", "MedicationRequest", "Procedure"],
)
def test_unavailable(kind: str) -> None:
    """More treatment may be among what could not be read; six months that are known stand."""
    unread = {kind: "the FHIR server answered 503"}
    short, long = (
        statement("s", "2024-01-01", "2024-02-01"),
        statement("l", "2024-01-01", "2025-01-01"),
    )

    assert State.UNAVAILABLE is verdict("cyclophosphamide", [], unavailable=unread).state
    assert State.UNAVAILABLE is verdict("cyclophosphamide", [short], unavailable=unread).state
    assert State.NOT_MET is verdict("cyclophosphamide", [long], unavailable=unread).state
