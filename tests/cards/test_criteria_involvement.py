"""Signs of organ involvement: electrocardiogram, lung and kidney."""

from typing import Any

import pytest

from cards.values.coding import ICD_10_CM
from tests.cards.building import (
    CHEST_CT,
    CHEST_CT_HIGH_RESOLUTION,
    ECG_ABNORMAL,
    ECG_IMPRESSION,
    ECG_NORMAL,
    PULMONARY_FIBROSIS,
    Json,
    concept,
    condition,
    observation,
    report,
    state,
)
from tests.cards.test_criteria_finding import coded

GROUND_GLASS = "Ground-glass opacity of the lung"


RENAL_CRISIS = "Scleroderma renal crisis"


def ecg(identity: str, what: Any, on: str = "2026-10-01") -> Json:
    """Return the impression of an electrocardiogram."""
    return observation(identity, ECG_IMPRESSION, coded(what), effectiveDateTime=on)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (ECG_ABNORMAL, "met"),
        (ECG_NORMAL, "not-met"),
        ("Abnormal ECG", "met"),
        ("Normal sinus rhythm", "not-met"),
        ("Sinus rhythm", "not-documented"),
        (("http://snomed.info/sct", "370359005"), "not-documented"),
    ],
    ids=str,
)
def test_the_impression_of_an_electrocardiogram(content: Any, expected: str) -> None:
    """An abnormal impression shows involvement, a normal one does not, an unclear one neither."""
    assert expected == state("abnormal-ecg", ecg("e", content))


@pytest.mark.parametrize(("flag", "expected"), [("A", "met"), ("N", "not-met"), ("H", "met")])
def test_the_flag_of_an_electrocardiogram(flag: str, expected: str) -> None:
    """The interpretation of an ECG says by itself whether it is abnormal."""
    flagged = observation("e", ECG_IMPRESSION, {"interpretation": [concept(("x", flag))]})

    assert expected == state("abnormal-ecg", flagged)


def test_the_latest_electrocardiogram_counts() -> None:
    """An older abnormal one does not count where the latest is normal."""
    abnormal, normal = ecg("a", ECG_ABNORMAL, "2026-01-01"), ecg("n", ECG_NORMAL, "2026-02-01")

    assert "not-met" == state("abnormal-ecg", abnormal, normal)
    assert "met" == state("abnormal-ecg", abnormal | {"effectiveDateTime": "2026-03"}, normal)
    assert "not-documented" == state("abnormal-ecg", ecg("a", ECG_ABNORMAL, "2026"), normal)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (PULMONARY_FIBROSIS, "met"),
        ((ICD_10_CM, "J84.10"), "met"),
        ((ICD_10_CM, "J84.170"), "met"),
        ("Pulmonary fibrosis", "met"),
        ((ICD_10_CM, "J84.9"), "not-documented"),
        ((ICD_10_CM, "M34.81"), "not-documented"),
        ((ICD_10_CM, "E84.0"), "not-documented"),
        ("Cystic fibrosis", "not-documented"),
        ("No pulmonary fibrosis", "not-met"),
    ],
    ids=str,
)
def test_pulmonary_fibrosis(what: Any, expected: str) -> None:
    """Fibrosis is shown by its codes and names; lung disease of other kinds proves nothing."""
    assert expected == state("pulmonary-fibrosis", condition("f", what))


@pytest.mark.parametrize(
    ("study", "conclusion", "expected"),
    [
        (CHEST_CT_HIGH_RESOLUTION, "Bilateral ground-glass opacity.", "met"),
        (CHEST_CT_HIGH_RESOLUTION, "No ground-glass opacity.", "not-met"),
        (CHEST_CT_HIGH_RESOLUTION, "Ground-glass opacity possible.", "not-documented"),
        (CHEST_CT_HIGH_RESOLUTION, "Normal.", "not-documented"),
        (CHEST_CT, "Bilateral ground-glass opacity.", "not-documented"),
        ("HRCT chest", "Bilateral ground-glass opacity.", "met"),
    ],
    ids=str,
)
def test_ground_glass(study: Any, conclusion: str, expected: str) -> None:
    """The policy asks for a CT of high resolution: another CT does not prove it."""
    assert expected == state("ground-glass", report("ct", study, conclusion))


@pytest.mark.parametrize("clinical", ["active", "resolved", "inactive", "remission"])
def test_a_past_renal_crisis_counts(clinical: str) -> None:
    """Scleroderma renal disease shows involvement however long ago."""
    assert "met" == state("renal-involvement", condition("r", RENAL_CRISIS, clinical))
    assert "met" == state("renal-involvement", condition("r", f"History of {RENAL_CRISIS}"))


@pytest.mark.parametrize("verification", ["refuted", "provisional"])
def test_a_renal_crisis_that_was_not(verification: str) -> None:
    """A refuted crisis is none, and a provisional one is not documented."""
    expected = {"refuted": "not-met", "provisional": "not-documented"}[verification]
    crisis = condition("r", RENAL_CRISIS, verification=verification)

    assert expected == state("renal-involvement", crisis)


def test_a_kidney_code_alone_shows_nothing() -> None:
    """Kidney disease of another or no named cause is not scleroderma's."""
    assert "not-documented" == state("renal-involvement", condition("k", (ICD_10_CM, "N17.9")))
