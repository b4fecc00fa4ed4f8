"""Age in completed years: adult at 18, and too old on the sixtieth birthday."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.verdict import State, Why
from tests.cards.building import AS_OF, PATIENT, Json, state, verdict


def born(on: Any) -> Json:
    """Return a Patient born on a day."""
    return {"resourceType": "Patient", "id": PATIENT, "birthDate": on}


@pytest.mark.parametrize(
    ("birth", "expected"),
    [
        ("1966-11-21", "not-met"),  # sixty today
        ("1966-11-22", "met"),  # sixty tomorrow
        ("1966-11-20", "not-met"),
        ("2008-11-21", "met"),  # eighteen today
        ("2008-11-22", "not-met"),  # eighteen tomorrow
        ("2008-11-20", "met"),
        ("1980", "met"),
        ("1966", "not-documented"),
        ("1966-11", "not-documented"),
        ("1966-10", "not-met"),
        ("1966-12", "met"),
        ("2008", "not-documented"),
        ("2009", "not-met"),
        ("1950", "not-met"),
    ],
)
def test_both_ends_and_partial_dates(birth: str, expected: str) -> None:
    """A birthday counts from its own day on; half a date decides where all its days agree."""
    assert expected == state("age", born(birth))


@pytest.mark.parametrize(
    ("as_of", "expected"), [(date(2026, 2, 28), "not-met"), (date(2026, 3, 1), "met")]
)
def test_born_on_a_leap_day(as_of: date, expected: str) -> None:
    """Born on 29 February 2008, one is adult on 1 March 2026."""
    assert expected == state("age", born("2008-02-29"), as_of=as_of)


@given(st.dates(date(1900, 1, 1), AS_OF), st.sampled_from(["%Y", "%Y-%m"]))
def test_a_partial_birth_date_never_contradicts_the_full_one(birth: date, form: str) -> None:
    """What half a birth date decides, the full one decides alike."""
    assert state("age", born(birth.strftime(form))) in {
        state("age", born(birth.isoformat())),
        "not-documented",
    }


def test_no_birth_date() -> None:
    """A patient without birth date, or no Patient at all, is not documented."""
    assert "not-documented" == state("age", {"resourceType": "Patient", "id": PATIENT})
    assert "not-documented" == state("age")


def test_a_birth_in_the_future() -> None:
    """A date of birth after today is no date of birth."""
    assert "not-documented" == state("age", born("2027-01-01"))


def test_a_broken_birth_date() -> None:
    """A birth date that is none is named as broken."""
    found = verdict("age", [born("17.02.1980")])

    assert (State.NOT_DOCUMENTED, Why.BROKEN, "birthDate") == (found.state, found.why, found.detail)


def test_unavailable() -> None:
    """A Patient that could not be read leaves the age unavailable."""
    found = verdict("age", [], unavailable={"Patient": "the FHIR server answered 503"})

    assert State.UNAVAILABLE is found.state


def test_evidence() -> None:
    """The completed years are shown, and both of them where the birthday is open."""
    ((full,), (open_,)) = (
        verdict("age", [born("1980-02-17")]).evidence,
        verdict("age", [born("1980")]).evidence,
    )

    assert (f"Patient/{PATIENT}", "46 years") == (full.reference, full.value)
    assert "45 or 46 years" == open_.value
