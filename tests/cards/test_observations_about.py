"""Which Observations are about a fact: codes, names, components, and what only looks like it."""

from decimal import Decimal
from typing import Any

import pytest

from cards.values.interval import Interval
from cards.verdict import Why
from tests.cards.building import (
    CREATININE_CLEARANCE,
    DLCO,
    DLCO_PERCENT,
    EGFR,
    FVC,
    FVC_PERCENT,
    LVEF,
    MPAP,
    PASP,
    TAPSE,
    Code,
    concept,
    observation,
)
from tests.cards.test_observations import LVEF_FACT, MRSS_FACT, lvef, reading, readings

D = Decimal


LOOKALIKES: list[tuple[str, Code | str, Any]] = [
    (LVEF_FACT, "Right ventricular ejection fraction", (55, "%")),
    (LVEF_FACT, ("http://loinc.org", "10231-9"), (55, "%")),
    (LVEF_FACT, "Ejection fraction", (55, "%")),
    ("pulmonary-artery-systolic-pressure", MPAP, (30, "mm[Hg]")),
    ("pulmonary-artery-systolic-pressure", ("http://loinc.org", "8385-7"), (30, "mm[Hg]")),
    ("pulmonary-artery-systolic-pressure", "Systolic blood pressure", (120, "mm[Hg]")),
    ("mean-pulmonary-artery-pressure", PASP, (30, "mm[Hg]")),
    ("mean-pulmonary-artery-pressure", "Pulmonary artery wedge pressure", (12, "mm[Hg]")),
    ("tricuspid-annular-plane-systolic-excursion", "TAPSE/PASP ratio", (0.5, "mm/mm[Hg]")),
    ("dlco-percent-predicted", DLCO, (15, "mL/min/mm[Hg]")),
    ("dlco-percent-predicted", "KCO, % predicted", (80, "%")),
    ("dlco-percent-predicted", "DLCO", (15, "mL/min/mm[Hg]")),
    ("fvc-percent-predicted", FVC, (2.5, "L")),
    ("fvc-percent-predicted", "FEV1/FVC, percent", (80, "%")),
    ("fvc-percent-predicted", ("http://loinc.org", "19926-5"), (80, "%")),
    ("creatinine-clearance", EGFR, (60, "mL/min/{1.73_m2}")),
    ("creatinine-clearance", "eGFR by creatinine clearance formula", (60, "mL/min")),
    ("creatinine-clearance", "Creatinine", (1.1, "mg/dL")),
    (MRSS_FACT, "Rodnan skin score, left hand", 2),
    (MRSS_FACT, "Change in mRSS", 2),
    (MRSS_FACT, "Skin score", 20),
]


@pytest.mark.parametrize(
    ("fact", "what", "content"), LOOKALIKES, ids=[f"{row[0]}: {row[1]}" for row in LOOKALIKES]
)
def test_lookalikes_are_other_quantities(fact: str, what: Code | str, content: Any) -> None:
    """A neighbouring quantity is not read as the fact, by code or by name."""
    assert [] == readings(fact, observation("x", what, content))


@pytest.mark.parametrize(
    ("fact", "what"),
    [
        (LVEF_FACT, "LVEF by echo"),
        (LVEF_FACT, ("http://loinc.org", "8806-2")),
        (LVEF_FACT, ("urn:oid:2.16.840.1.113883.6.1", "10230-1")),
        ("dlco-percent-predicted", "DLCO (% predicted)"),
        ("dlco-percent-predicted", DLCO),
        ("fvc-percent-predicted", FVC),
        ("fvc-percent-predicted", FVC_PERCENT),
        ("dlco-percent-predicted", DLCO_PERCENT),
        ("fvc-percent-predicted", "FVC measured/predicted %"),
    ],
)
def test_codes_and_names_of_percentages(fact: str, what: Code | str) -> None:
    """A name means the fact without a code, and a volume's code with per cent the percentage."""
    assert reading(fact, observation("x", what, (70, "%"))).readings[0].low == 70


def test_a_code_beside_another_quantitys_name_is_contradicted() -> None:
    """The right code shown under a wrong name is not used, and says so."""
    wrong = {"coding": [{"system": LVEF[0], "code": LVEF[1], "display": "RVEF"}]}
    found = reading(LVEF_FACT, lvef((55, "%"), code=wrong))

    assert Why.CODES_DISAGREE is found.why


def test_two_codes_that_contradict_each_other() -> None:
    """A result coded as both pressures is neither."""
    both = observation("p", "x", (30, "mm[Hg]"), code=concept(PASP, MPAP))

    assert Why.CODES_DISAGREE is reading("pulmonary-artery-systolic-pressure", both).why
    assert Why.CODES_DISAGREE is reading("mean-pulmonary-artery-pressure", both).why


@pytest.mark.parametrize("unit", ["mL/min/1.73m2", "mL/min/{1.73_m2}", "mL/min/1.73 m²"])
def test_a_clearance_per_body_surface_is_none(unit: str) -> None:
    """A value per 1.73 m2 is another quantity, whatever its code says."""
    found = reading("creatinine-clearance", observation("c", CREATININE_CLEARANCE, (60, unit)))

    assert (Why.UNIT_NOT_ACCEPTED, unit.replace(" ", "")) == (
        found.why,
        (found.detail or "").replace(" ", ""),
    )


def test_components_are_read() -> None:
    """A panel's components hold values of their own; the panel itself is no value."""
    panel = observation(
        "echo",
        "Echocardiogram",
        {},
        component=[
            {"code": concept(LVEF), "valueQuantity": {"value": 55, "unit": "%"}},
            {"code": concept(TAPSE), "valueQuantity": {"value": 20, "unit": "mm"}},
        ],
    )

    assert D(55) == reading(LVEF_FACT, panel).readings[0].low
    assert D("2.0") == reading("tricuspid-annular-plane-systolic-excursion", panel).readings[0].low


def test_a_panel_without_a_value_of_its_own_does_not_block_its_components() -> None:
    """A panel that bears the very code of its component gives one reading, not an empty one."""
    inner = {"code": concept(LVEF), "valueQuantity": {"value": 55, "unit": "%"}}
    panel = lvef({}, component=[inner])

    assert [(Interval(D(55), D(55)),)] == [each.readings for each in readings(LVEF_FACT, panel)]


def test_estimated_limits_are_one_sided() -> None:
    """The lower limit of an estimate is a floor, and the upper limit a ceiling."""
    lower = observation("l", ("http://loinc.org", "104243-1"), (50, "%"))
    upper = observation("u", ("http://loinc.org", "104145-8"), (55, "%"))

    assert (Interval(D(50), D(100)),) == reading(LVEF_FACT, lower).readings
    assert (Interval(D(1), D(55)),) == reading(LVEF_FACT, upper).readings


def test_another_patients_result_is_not_read() -> None:
    """A result of another patient in the same answer never counts."""
    foreign = lvef((30, "%"), subject={"reference": "Patient/other"})

    assert [] == readings(LVEF_FACT, foreign)


def test_a_clearance_whose_text_speaks_of_body_surface_is_none() -> None:
    """The code of a unit does not overrule a text beside it that names another quantity."""
    written = {"value": 60, "code": "mL/min", "unit": "mL/min/1.73 m2"}
    clearance = observation("c", CREATININE_CLEARANCE, {"valueQuantity": written})

    assert Why.UNIT_NOT_ACCEPTED is reading("creatinine-clearance", clearance).why
