"""A clinical trial, known by its number in the order or by an enrolment on record."""

from typing import Any

import pytest

from cards.orders.trial import trial_in_order, trial_on_record
from cards.record.chart import Chart
from tests.cards.building import (
    ALLOGENEIC,
    AS_OF,
    AUTOLOGOUS,
    PATIENT,
    SUBJECT,
    SYSTEMIC_SCLEROSIS,
    Json,
    finding,
    record,
    request,
)

RESEARCH_STUDY = "http://hl7.org/fhir/StructureDefinition/workflow-researchStudy"


@pytest.mark.parametrize(
    "more",
    [
        {"note": [{"text": "Per protocol NCT04464434."}]},
        {"note": [{"text": "On trial nct 04464434"}]},
        {"patientInstruction": "Study: NCT-04464434"},
        {"orderDetail": [{"text": "NCT04464434 arm B"}]},
        {"identifier": [{"system": "https://clinicaltrials.gov", "value": "NCT04464434"}]},
        {"instantiatesUri": ["https://clinicaltrials.gov/study/NCT04464434"]},
        {"basedOn": [{"display": "Trial NCT04464434"}]},
        {"supportingInfo": [{"display": "NCT04464434"}]},
        {"reasonCode": [{"text": "Systemic sclerosis, NCT04464434"}]},
        {
            "extension": [
                {"url": RESEARCH_STUDY, "valueReference": {"identifier": {"value": "NCT04464434"}}}
            ]
        },
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_number_anywhere_in_the_order(more: Json) -> None:
    """Wherever a site writes the number, and however, the order is within the trial."""
    order = request(AUTOLOGOUS, SYSTEMIC_SCLEROSIS)

    assert trial_in_order(order) is None
    assert "NCT04464434" == trial_in_order(order | more)


@pytest.mark.parametrize(
    "text",
    [
        "Not enrolled in NCT04464434",
        "Declined NCT04464434",
        "Consider NCT04464434",
        "Screening for NCT04464434",
        "Previously on NCT04464434",
        "NCT04464434 ruled out",
        "NCT044644345",
        "NCT0446443",
        "PNCT04464434",
        "NCT pending",
    ],
)
def test_numbers_that_enrol_nobody(text: str) -> None:
    """What is denied, doubted or past, and what is no number of a trial, says nothing."""
    assert trial_in_order(request(AUTOLOGOUS, note=[{"text": text}])) is None


def enrolment(status: str = "on-study", **more: Any) -> Json:
    """Return a ResearchSubject."""
    return {
        "resourceType": "ResearchSubject",
        "id": "enrolment",
        "status": status,
        "individual": SUBJECT,
        "study": {"reference": "ResearchStudy/1"},
        **more,
    }


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({}, "an enrolment on record"),
        ({"study": {"display": "A study of cells"}}, "A study of cells"),
        ({"study": {"identifier": {"value": "NCT04464434"}}}, "NCT04464434"),
        ({"study": {"identifier": {"value": "NCT04464434"}, "display": "Cells"}}, "Cells"),
        ({"study": {"display": " "}}, "an enrolment on record"),
        ({"study": "ResearchStudy/1"}, "an enrolment on record"),
        ({"period": {"start": "2026-01-01"}}, "an enrolment on record"),
        ({"period": {"end": AS_OF.isoformat()}}, "an enrolment on record"),
        ({"period": {"end": "2026-11"}}, "an enrolment on record"),
        ({"period": {"end": "2026-11-20"}}, None),
        ({"status": "off-study"}, None),
        ({"status": "screening"}, None),
        ({"status": "withdrawn"}, None),
        ({"individual": {"reference": "Patient/other"}}, None),
    ],
)
def test_an_enrolment(more: Json, named: str | None) -> None:
    """On study and not over; another patient's enrolment is none."""
    chart = Chart.build(PATIENT, [enrolment() | more])

    assert named == trial_on_record(chart, AS_OF)


def test_the_number_in_the_order_goes_first() -> None:
    """Both lead to the note; the order says which trial it is for."""
    order = request(AUTOLOGOUS, SYSTEMIC_SCLEROSIS, note=[{"text": "NCT04464434"}])
    facts = [each for some in record().values() for each in some]
    found = finding([*facts, enrolment(study={"display": "Another"})], order)

    assert ("NCT04464434", ("in-clinical-trial",)) == (found.trial, found.notes)


def test_an_enrolment_that_could_not_be_looked_up() -> None:
    """A trial would soften what the card says, so the card says that nobody could look."""
    unread = {"ResearchSubject": "the FHIR server answered 403"}
    says = "Whether the patient is in a clinical trial could not be looked up."
    against = request(ALLOGENEIC, SYSTEMIC_SCLEROSIS)
    named = {**against, "note": [{"text": "NCT04464434"}]}

    assert (says,) == finding(record(), against, unavailable=unread).circumstances
    assert () == finding(record(), against).circumstances
    assert () == finding(record(), named, unavailable=unread).circumstances
    assert () == finding(record(), unavailable=unread).circumstances
