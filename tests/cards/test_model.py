"""The gate to FHIR: lenient where nobody reads, exact about what is broken where somebody does."""

from typing import Any

import pytest

from cards.record.model import fault_in
from tests.cards.building import (
    LVEF,
    SYSTEMIC_SCLEROSIS,
    condition,
    coverage,
    medication,
    observation,
    record,
    report,
)

ALL = [each for some in record().values() for each in some]


@pytest.mark.parametrize("resource", ALL, ids=[each["id"] for each in ALL])
def test_sound_resources_have_no_fault(resource: Any) -> None:
    """Every resource of the complete patient passes its model."""
    assert fault_in(resource) is None


@pytest.mark.parametrize(
    "element",
    [
        {"unheardOf": {"deeply": ["nested"]}},
        {"_status": {"extension": "broken"}},
        {"id": "x" * 200},
        {"id": "under_score and space"},
        {"id": None},
        {"meta": {"lastUpdated": "yesterday"}},
        {"subject": {"reference": 7}},
        {"category": "laboratory"},
        {"performer": "nobody"},
        {"note": [{"text": 7}]},
        {"effectiveDateTime": "2026-10-01T08:15:00"},
        {"effectiveDateTime": "2026-10-01T08:15"},
        {"effectiveDateTime": "2026-10-01T08:15:00.123456"},
        {"effectiveDateTime": "2026-10"},
        {"issued": ""},
        {"interpretation": [{"coding": [{"code": "N", "userSelected": "maybe"}]}]},
        {"valueQuantity": {"value": 60, "unit": "%", "extension": "broken"}},
        {"valueQuantity": {"value": 60, "unit": "%", "code": ""}},
    ],
    ids=str,
)
def test_faults_that_matter_to_nobody(element: dict[str, Any]) -> None:
    """Unknown elements, odd ids, zoneless date-times and faults in unread elements cost nothing."""
    assert fault_in(observation("lvef", LVEF, (60, "%")) | element) is None


@pytest.mark.parametrize(
    ("element", "where"),
    [
        ({"effectiveDateTime": "last week"}, "effectiveDateTime"),
        ({"effectiveDateTime": "2026-02-30"}, "effectiveDateTime"),
        ({"effectiveDateTime": ["2026-10-01"]}, "effectiveDateTime"),
        ({"valueQuantity": {"value": "sixty", "unit": "%"}}, "valueQuantity.value"),
        ({"valueQuantity": {"value": 60, "unit": 7}}, "valueQuantity.unit"),
        ({"valueQuantity": 60}, "valueQuantity"),
        ({"code": "LVEF"}, "code"),
        ({"code": {"coding": "LVEF"}}, "code.coding"),
        ({"code": {"coding": [{"code": 7}]}}, "code.coding.0.code"),
        ({"component": [{"code": {"text": "x"}, "valueString": 7}]}, "component.0.valueString"),
        ({"status": 7}, "status"),
    ],
    ids=str,
)
def test_the_broken_element_is_named(element: dict[str, Any], where: str) -> None:
    """A fault in an element that readers use is told by its path."""
    assert where == fault_in(observation("lvef", LVEF, (60, "%")) | element)


@pytest.mark.parametrize(
    ("resource", "where"),
    [
        (condition("c", SYSTEMIC_SCLEROSIS, onsetDateTime="2021-13"), "onsetDateTime"),
        (condition("c", SYSTEMIC_SCLEROSIS, onsetPeriod={"start": "then"}), "onsetPeriod.start"),
        (condition("c", SYSTEMIC_SCLEROSIS, code={"coding": [7]}), "code.coding.0"),
        (report("r", LVEF, "x", conclusionCode=[{"text": 7}]), "conclusionCode.0.text"),
        (coverage("c", "Payer", period={"end": "soon"}), "period.end"),
        (
            medication("MedicationStatement", "m", "active", effectivePeriod={"start": "then"}),
            "effectivePeriod.start",
        ),
        (
            medication("MedicationAdministration", "m", "completed", effectiveDateTime="then"),
            "effectiveDateTime",
        ),
        (medication("MedicationRequest", "m", "active", authoredOn="then"), "authoredOn"),
        ({"resourceType": "Patient", "id": "p", "birthDate": "17.02.1980"}, "birthDate"),
    ],
    ids=lambda each: each if isinstance(each, str) else each["resourceType"],
)
def test_each_type_names_its_broken_element(resource: Any, where: str) -> None:
    """Conditions, reports, medications, coverages and patients are looked at likewise."""
    assert where == fault_in(resource)


def test_a_value_that_is_said_to_be_absent_is_a_fault() -> None:
    """A number beside the reason why there is none was not measured, in a component as well."""
    absent = {"dataAbsentReason": {"coding": [{"code": "error"}], "text": "Error"}}
    plain = observation("o", LVEF, (60, "%"))
    value = plain.pop("valueQuantity")
    part = {"code": plain["code"], "valueQuantity": value}

    assert "dataAbsentReason" == fault_in({**plain, **absent, "valueQuantity": value})
    assert "dataAbsentReason" == fault_in({**plain, "component": [{**part, **absent}]})
    assert None is fault_in({**plain, **absent})
    assert None is fault_in({**plain, **absent, "component": [part]})
    assert None is fault_in({**plain, "valueQuantity": value, "dataAbsentReason": {}})


@pytest.mark.parametrize("element", ["effectiveDateTime", "issued"])
def test_a_number_is_no_date(element: str) -> None:
    """A year written as a number is told, since the reader of dates will not take it."""
    assert element == fault_in(observation("lvef", LVEF, (60, "%")) | {element: 2026})


def test_two_values_at_once_are_a_fault() -> None:
    """Of a choice element there may be one."""
    both = observation("lvef", LVEF, (60, "%"), valueString="60 %")

    assert fault_in(both) is not None


@pytest.mark.parametrize(
    "resource",
    [
        condition("c", SYSTEMIC_SCLEROSIS, subject=None),
        medication("MedicationRequest", "m", "active", intent=None, authoredOn="2026-01-01"),
        medication("MedicationStatement", "m", "active", subject=None),
    ],
)
def test_required_elements_that_nobody_reads_may_be_missing(resource: Any) -> None:
    """A missing subject or intent does not cost the rest."""
    assert fault_in(resource) is None


def test_a_required_element_that_is_read_may_not_be_missing() -> None:
    """An Observation without status cannot be judged."""
    assert "status" == fault_in(observation("lvef", LVEF, (60, "%"), status=None))


@pytest.mark.parametrize(
    "resource", [{}, {"resourceType": 7}, {"resourceType": "Basic", "code": 7}]
)
def test_types_that_no_reader_knows_have_no_fault(resource: Any) -> None:
    """What is not read is not checked."""
    assert fault_in(resource) is None


def test_absurd_nesting_is_a_fault_and_no_crash() -> None:
    """Nesting beyond all reason is answered, not raised."""
    deep: Any = "x"
    for _ in range(900):  # a JSON reader goes this deep
        deep = [deep]
    try:
        fault = fault_in(observation("lvef", LVEF, {"valueString": deep}))
    except RecursionError:
        fault = None  # without the traceback, which would be thousands of lines

    assert fault is not None
