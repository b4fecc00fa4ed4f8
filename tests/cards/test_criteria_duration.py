"""Duration of the disease: from its earliest onset, five years at most, that day included."""

from typing import Any

import pytest

from cards.values.coding import ICD_10_CM
from cards.verdict import State, Why
from tests.cards.building import (
    PATIENT,
    RHEUMATOID_ARTHRITIS,
    SYSTEMIC_SCLEROSIS,
    Json,
    condition,
    state,
    verdict,
)

BORN = {"resourceType": "Patient", "id": PATIENT, "birthDate": "1980-11-21"}


def disease(identity: str = "d", **more: Any) -> Json:
    """Return systemic sclerosis; without onset or date of recording unless given."""
    return condition(identity, SYSTEMIC_SCLEROSIS, **{"recordedDate": None, **more})


@pytest.mark.parametrize(
    ("onset", "expected"),
    [
        ("2021-11-20", "not-met"),
        ("2021-11-21", "met"),
        ("2021-11-22", "met"),
        ("2021-11", "not-documented"),
        ("2021-10", "not-met"),
        ("2021-12", "met"),
        ("2021", "not-documented"),
        ("2020", "not-met"),
        ("2022", "met"),
        ("2026-11-21", "met"),
    ],
)
def test_both_sides_of_five_years(onset: str, expected: str) -> None:
    """Five years to the day are met, a day more is not, and half a date must lie on one side."""
    assert expected == state("disease-duration", disease(onsetDateTime=onset))
    assert expected == state("disease-duration", disease(onsetPeriod={"start": onset}))


@pytest.mark.parametrize(
    ("age", "expected"), [(40, "not-met"), (41, "met"), (42, "met"), (39, "not-met")]
)
def test_onset_at_an_age(age: int, expected: str) -> None:
    """Someone born on 21 November 1980 turned 41 on the very first day that counts."""
    onset = {"value": age, "unit": "years", "code": "a", "system": "http://unitsofmeasure.org"}

    assert expected == state("disease-duration", BORN, disease(onsetAge=onset))


def test_onset_at_an_age_of_uncertain_birth() -> None:
    """Half a birth date makes the onset as uncertain."""
    born = BORN | {"birthDate": "1980"}
    onset = {"value": 41, "code": "a"}

    assert "not-documented" == state("disease-duration", born, disease(onsetAge=onset))
    assert "not-documented" == state("disease-duration", disease(onsetAge=onset))


@pytest.mark.parametrize("age", [{"value": 41, "code": "mo"}, {"value": 41.5, "code": "a"}, {}, 41])
def test_ages_that_are_not_read(age: Any) -> None:
    """Months, half years and broken ages tell no day of onset."""
    assert "not-documented" == state("disease-duration", BORN, disease(onsetAge=age))


@pytest.mark.parametrize(
    ("recorded", "expected"), [("2021-11-20", "not-met"), ("2021-11-21", "not-documented")]
)
def test_the_day_of_recording_is_no_onset(recorded: str, expected: str) -> None:
    """It proves only that the disease is at least that old."""
    assert expected == state("disease-duration", disease(recordedDate=recorded))


def test_recorded_before_it_began() -> None:
    """A record that is older than the onset contradicts it."""
    contradicted = disease(onsetDateTime="2024-06-01", recordedDate="2023-06-01")
    found = verdict("disease-duration", [contradicted])

    assert (State.NOT_DOCUMENTED, Why.RECORDS_DISAGREE) == (found.state, found.why)


def test_the_earliest_onset_counts() -> None:
    """Of several records of the disease, the one that began first decides."""
    early = disease("early", onsetDateTime="2020-01-01")
    late = condition("late", (ICD_10_CM, "M34.81"), onsetDateTime="2024-01-01")

    assert "met" == state("disease-duration", late)
    assert "not-met" == state("disease-duration", late, early)
    assert ["Condition/early"] == [
        each.reference for each in verdict("disease-duration", [late, early]).evidence
    ]


@pytest.mark.parametrize("clinical", ["active", "remission", "resolved", "inactive", None])
def test_the_status_of_the_disease_does_not_move_its_onset(clinical: str | None) -> None:
    """A disease in remission began when it began."""
    old = condition("d", SYSTEMIC_SCLEROSIS, clinical, onsetDateTime="2020-01-01")

    assert "not-met" == state("disease-duration", old)


@pytest.mark.parametrize(
    "verification", ["refuted", "entered-in-error", "provisional", "differential", "unconfirmed"]
)
def test_doubtful_records_tell_no_onset(verification: str) -> None:
    """A diagnosis that is not held neither meets nor fails the criterion."""
    old = disease(onsetDateTime="2020-01-01", verification=verification)
    new = disease("n", onsetDateTime="2024-01-01")

    assert "not-documented" == state("disease-duration", old)
    assert "met" == state("disease-duration", old, new)


@pytest.mark.parametrize(
    "what",
    [
        RHEUMATOID_ARTHRITIS,
        (ICD_10_CM, "I73.00"),
        "Raynaud phenomenon",
        "Raynaud's phenomenon due to systemic sclerosis",
        "Evaluation for systemic sclerosis",
    ],
)
def test_the_onset_of_another_disease(what: Any) -> None:
    """Raynaud's phenomenon, often decades older, is not the disease."""
    other = condition("o", what, onsetDateTime="2000-01-01")

    assert "met" == state("disease-duration", other, disease(onsetDateTime="2024-01-01"))
    assert "not-documented" == state("disease-duration", other)


def test_an_onset_in_the_future() -> None:
    """What begins tomorrow has not begun."""
    assert "not-documented" == state("disease-duration", disease(onsetDateTime="2026-11-22"))


def test_a_broken_record() -> None:
    """An onset that is no date is named, and does not cost a sound record that is too old."""
    broken = disease("b", onsetDateTime="2024-13")
    found = verdict("disease-duration", [broken])

    assert (State.NOT_DOCUMENTED, Why.BROKEN, "onsetDateTime") == (
        found.state,
        found.why,
        found.detail,
    )
    assert "not-met" == state("disease-duration", broken, disease(onsetDateTime="2020-01-01"))
    assert "not-documented" == state(
        "disease-duration", broken, disease(onsetDateTime="2024-01-01")
    )


def test_silence_and_unavailable() -> None:
    """Without Conditions nothing is documented; without an answer nothing is known."""
    unread = {"Condition": "the FHIR server answered 503"}

    assert "not-documented" == state("disease-duration")
    assert State.UNAVAILABLE is verdict("disease-duration", [], unavailable=unread).state


def test_a_part_of_the_conditions_is_not_enough_for_met() -> None:
    """An older onset may be among the Conditions that could not be read."""
    unread = {"Condition": "the second page could not be read"}
    new, old = disease(onsetDateTime="2024-01-01"), disease(onsetDateTime="2020-01-01")

    assert State.UNAVAILABLE is verdict("disease-duration", [new], unavailable=unread).state
    assert State.NOT_MET is verdict("disease-duration", [old], unavailable=unread).state
