"""Which records tell of cyclophosphamide: types, statuses, names, references, and a "never"."""

from typing import Any

import pytest

from cards.review import review
from tests.cards.building import (
    AS_OF,
    CYCLOPHOSPHAMIDE,
    NO,
    PATIENT,
    YES,
    Json,
    chart,
    finding,
    library,
    medication,
    named,
    observation,
    orders,
    record,
    request,
    state,
    statement,
    verdicts,
)


def ordered(identity: str, status: str, **more: Any) -> Json:
    """Return a prescription."""
    return medication("MedicationRequest", identity, status, intent="order", **more)


@pytest.mark.parametrize(
    ("kind", "status", "expected"),
    [
        ("MedicationStatement", "completed", "not-met"),
        ("MedicationStatement", "stopped", "not-met"),
        ("MedicationStatement", "active", "not-met"),
        ("MedicationStatement", "intended", "not-documented"),
        ("MedicationStatement", "entered-in-error", "not-documented"),
        ("MedicationStatement", "unknown", "not-documented"),
        ("MedicationAdministration", "completed", "not-met"),
        ("MedicationAdministration", "not-done", "not-documented"),
        ("MedicationAdministration", "entered-in-error", "not-documented"),
    ],
)
def test_statuses(kind: str, status: str, expected: str) -> None:
    """Only what was given or taken counts."""
    period = {"start": "2024-01-01", "end": "2025-01-01"}

    assert expected == state(
        "cyclophosphamide", medication(kind, "c", status, effectivePeriod=period)
    )


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("active", "not-met"),
        ("completed", "not-met"),
        ("stopped", "not-met"),
        ("draft", "not-documented"),
        ("cancelled", "not-documented"),
        ("entered-in-error", "not-documented"),
    ],
)
def test_prescriptions_count_where_nothing_else_tells(status: str, expected: str) -> None:
    """A prescription's own bounds tell the course, if nothing tells what was really taken."""
    bounds = {"start": "2024-01-01", "end": "2025-01-01"}
    timed = [{"timing": {"repeat": {"boundsPeriod": bounds}}}]
    prescribed = ordered("r", status, authoredOn="2024-01-01", dosageInstruction=timed)

    assert expected == state("cyclophosphamide", prescribed)


@pytest.mark.parametrize(
    "intended",
    [{"doNotPerform": True}, {"intent": "proposal"}, {"intent": "plan"}, {"intent": "option"}],
)
def test_what_was_only_planned_or_forbidden_was_not_given(intended: Json) -> None:
    """A prescription that nobody was to carry out is no treatment."""
    bounds = {"start": "2024-01-01", "end": "2025-01-01"}
    timed = [{"timing": {"repeat": {"boundsPeriod": bounds}}}]
    prescribed = ordered("r", "active", authoredOn="2024-01-01", dosageInstruction=timed)

    assert "not-documented" == state("cyclophosphamide", {**prescribed, **intended})


def test_what_was_taken_overrides_what_was_prescribed() -> None:
    """A year's prescription of which three months were taken is three months."""
    validity = {"validityPeriod": {"start": "2024-01-01", "end": "2025-01-01"}}
    prescribed = ordered("r", "completed", authoredOn="2024-01-01", dispenseRequest=validity)

    assert "not-met" == state("cyclophosphamide", prescribed)
    assert "met" == state(
        "cyclophosphamide", prescribed, statement("s", "2024-01-01", "2024-04-01")
    )


def test_a_procedure_counts() -> None:
    """An infusion that was recorded as a procedure is a dose."""
    infusion = {
        "resourceType": "Procedure",
        "id": "p",
        "status": "completed",
        "code": {"text": "Cyclophosphamide infusion"},
        "subject": {"reference": f"Patient/{PATIENT}"},
        "performedDateTime": "2026-01-10",
    }

    assert "met" == state("cyclophosphamide", infusion)
    assert "not-documented" == state("cyclophosphamide", infusion | {"status": "preparation"})


def test_never_taken() -> None:
    """A documented "never" is less than six months."""
    assert "met" == state("cyclophosphamide", medication("MedicationStatement", "c", "not-taken"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (NO, "met"),
        ("Never", "met"),
        ("none", "met"),
        (YES, "not-documented"),
        ("unknown", "not-documented"),
        ("yes", "not-documented"),
    ],
)
def test_a_history_in_words(content: Any, expected: str) -> None:
    """An observation on earlier treatment documents a "never", and no length of a course."""
    history = observation("h", "Prior cyclophosphamide treatment", content)

    assert expected == state("cyclophosphamide", history)


@pytest.mark.parametrize("status", ["preliminary", "entered-in-error", "cancelled"])
def test_a_void_never(status: str) -> None:
    """A "never" that is not final is none."""
    history = observation("h", "Prior cyclophosphamide treatment", NO, status=status)

    assert "not-documented" == state("cyclophosphamide", history)


def test_never_does_not_undo_a_course() -> None:
    """A record of treatment stands against a "never"."""
    never = medication("MedicationStatement", "n", "not-taken")

    assert "not-met" == state("cyclophosphamide", never, statement("c", "2024-01-01", "2025-01-01"))


@pytest.mark.parametrize("what", ["Cytoxan 500 mg", "cyclophosphamide infusion", "Endoxan®"])
def test_names(what: str) -> None:
    """Brand names mean the drug."""
    taken = statement("c", "2024-01-01", "2025-01-01") | {
        "medicationCodeableConcept": {"text": what}
    }

    assert "not-met" == state("cyclophosphamide", taken)


@pytest.mark.parametrize("what", ["Cyclosporine", "Mycophenolate", "Allergy to cyclophosphamide"])
def test_other_drugs(what: str) -> None:
    """Another drug, or an allergy, is no treatment with this one."""
    taken = statement("c", "2024-01-01", "2025-01-01") | {
        "medicationCodeableConcept": {"text": what}
    }

    assert "not-documented" == state("cyclophosphamide", taken)


def test_a_medication_by_reference() -> None:
    """The drug may stand in a resource of its own, in the chart or contained."""
    drug = {"resourceType": "Medication", "id": "m", "code": named(CYCLOPHOSPHAMIDE)}
    taken = statement("c", "2024-01-01", "2025-01-01")
    del taken["medicationCodeableConcept"]
    referring = taken | {"medicationReference": {"reference": "Medication/m"}}
    containing = taken | {"medicationReference": {"reference": "#m"}, "contained": [drug]}

    assert "not-met" == state("cyclophosphamide", referring, drug)
    assert "not-met" == state("cyclophosphamide", containing)
    assert "not-documented" == state("cyclophosphamide", referring)


def test_a_medication_by_its_ingredients() -> None:
    """A drug without a code of its own is what it is made of; one without any name may be any."""
    made = {"itemCodeableConcept": named(CYCLOPHOSPHAMIDE)}
    drug = {"resourceType": "Medication", "id": "m", "ingredient": [made]}
    taken = statement("c", "2024-01-01", "2025-01-01")
    del taken["medicationCodeableConcept"]
    referring = taken | {"medicationReference": {"reference": "Medication/m"}}

    assert "not-met" == state("cyclophosphamide", referring, drug)
    nameless = finding(record(cyclophosphamide=[referring, {**drug, "ingredient": []}]))
    assert "not-documented" == verdicts(nameless)["cyclophosphamide"]


def test_a_medication_that_could_not_be_read() -> None:
    """Where a drug was asked for in vain, it may be this one."""
    referring = statement("c", "2024-01-01", "2025-01-01") | {
        "medicationCodeableConcept": None,
        "medicationReference": {"reference": "Medication/m"},
    }
    found = finding(record(cyclophosphamide=[referring]))
    asked = chart(record(cyclophosphamide=[referring])).extended([], {"Medication/m": "503"})
    (order,) = orders(request())
    (unread,) = review(library(), (order,), asked, AS_OF)

    assert "not-documented" == verdicts(found)["cyclophosphamide"]
    assert "unavailable" == verdicts(unread)["cyclophosphamide"]
