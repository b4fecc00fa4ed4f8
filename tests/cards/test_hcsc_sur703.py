"""HCSC SUR703.043: the decision over whole records of children and adults with ALL."""

from typing import Any

import pytest

from cards.finding import Finding
from cards.values.coding import ICD_10_CM, LOINC
from tests.cards.building import (
    AUTOLOGOUS,
    PATIENT,
    SUBJECT,
    Code,
    Json,
    Record,
    concept,
    condition,
    coverage,
    finding,
    observation,
    request,
)

NOT_IN_REMISSION = (ICD_10_CM, "C91.00")
IN_REMISSION = (ICD_10_CM, "C91.01")
IN_RELAPSE = (ICD_10_CM, "C91.02")
LINEAGE = (LOINC, "101119-6")
BCR_ABL1 = (LOINC, "46434-7")
KMT2A_AFF1 = (LOINC, "72313-0")
LEUKOCYTES = (LOINC, "6690-2")
EXTRAMEDULLARY = "Extramedullary disease"
ADULT, CHILD = "1998-04-02", "2020-06-15"
DIAGNOSED = "2026-02-10"


def at_diagnosis(identity: str, what: Code | str, content: Any) -> Json:
    """Return an Observation of the day of diagnosis."""
    return observation(identity, what, content, effectiveDateTime=DIAGNOSED)


def leukemia(birth: str, **changes: list[Json]) -> Record:
    """Return a patient in first remission without any factor of risk, fact by fact.

    *changes* replaces facts, and names further ones.
    """
    whole: Record = {
        "patient": [{"resourceType": "Patient", "id": PATIENT, "birthDate": birth}],
        "coverage": [coverage("coverage", "Health Care Service Corporation (HCSC)")],
        "disease": [
            condition("new", NOT_IN_REMISSION, "resolved", recordedDate=DIAGNOSED),
            condition("remission", IN_REMISSION, recordedDate="2026-03-08"),
        ],
        "state": [
            observation("state", "Disease status", "first complete remission (CR1)"),
        ],
        "induction": [
            {
                "resourceType": "Procedure",
                "id": "induction",
                "status": "completed",
                "code": {"text": "Induction chemotherapy"},
                "subject": SUBJECT,
                "performedPeriod": {"start": "2026-02-14"},
            }
        ],
        "count": [at_diagnosis("count", LEUKOCYTES, (12.4, "10*3/uL"))],
        "lineage": [at_diagnosis("lineage", LINEAGE, "B-cell precursor")],
        "bcr": [at_diagnosis("bcr", BCR_ABL1, "negative")],
        "mll": [at_diagnosis("mll", KMT2A_AFF1, "negative")],
        "extramedullary": [at_diagnosis("extramedullary", EXTRAMEDULLARY, "none")],
        "blasts": [
            observation(
                "blasts",
                "Absolute blast count after prednisone prophase",
                (0.12, "10*3/uL"),
                effectiveDateTime="2026-02-20",
            )
        ],
        "residual": [
            observation(
                "residual",
                "Minimal residual disease at week 6 of induction, flow cytometry",
                (0.005, "%"),
                effectiveDateTime="2026-03-26",
            )
        ],
        "chromosomes": [at_diagnosis("chromosomes", "Modal chromosome number", (46, "{#}"))],
    }
    return whole | changes


def found(facts: Record, order: Code = AUTOLOGOUS, reason: Code | Json = IN_REMISSION) -> Finding:
    """Return the finding for a transplant of the given kind and reason."""
    stated = reason if isinstance(reason, dict) else concept(reason)
    return finding(facts, request(order) | {"reasonCode": [stated]})


def determined(facts: Record, order: Code = AUTOLOGOUS, reason: Code | Json = IN_REMISSION) -> str:
    """Return the determination for a transplant of the given kind and reason."""
    return found(facts, order, reason).determination


@pytest.mark.parametrize("birth", [ADULT, CHILD])
def test_a_first_remission_without_high_risk_is_not_addressed(birth: str) -> None:
    """The policy says nothing of a first remission where every factor of risk is ruled out."""
    assert "not-addressed" == determined(leukemia(birth))


def test_extramedullary_disease_at_diagnosis_outlasts_its_treatment() -> None:
    """Disease outside the marrow makes the risk high, though none is left after treatment."""
    seen = at_diagnosis("seen", EXTRAMEDULLARY, "present")
    gone = observation("gone", EXTRAMEDULLARY, "none")

    assert "medically-necessary" == determined(leukemia(ADULT, extramedullary=[seen, gone]))
    assert "not-addressed" == determined(leukemia(ADULT, extramedullary=[gone]))
