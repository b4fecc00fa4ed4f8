"""Devices that a draft refers to: read first, out of the prefetch or from the FHIR server."""

from datetime import date
from typing import Any

import msgspec
import pytest

from service.fhir.source import Record, Source
from service.hook import read_request, service_named
from service.reviewing import Review, Terms, review_request
from tests.cards.building import library

Json = dict[str, Any]
PATIENT = {"reference": "Patient/p1"}
DEVICE = {"resourceType": "Device", "id": "d1", "deviceName": [{"name": "Osteocel Plus"}]}
COVERAGE = {
    "resourceType": "Coverage",
    "id": "c1",
    "status": "active",
    "beneficiary": PATIENT,
    "payor": [{"display": "BCBSMA"}],
}
ENCOUNTER = {"resourceType": "Encounter", "id": "e1", "subject": PATIENT, "class": {"code": "IMP"}}


def reviewed(source: Source | None, prefetch: Json | None = None) -> Review:
    """Return the review of a request for a device that is known by reference only."""
    draft = {
        "resourceType": "DeviceRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "subject": PATIENT,
        "codeReference": {"reference": "Device/d1"},
    }
    body = {
        "hook": "order-sign",
        "hookInstance": "a6a4c5e0-4a3f-4c7e-8f0a-7d1f2f3b9c11",
        "context": {
            "userId": "Practitioner/1",
            "patientId": "p1",
            "encounterId": "Encounter/e1",
            "draftOrders": {"resourceType": "Bundle", "entry": [{"resource": draft}]},
        },
        "prefetch": prefetch or {},
    }
    service = service_named("transplant-policy-order-sign")
    request = read_request(msgspec.json.encode(body), service)
    terms = Terms(date(2026, 11, 21), "strict")
    return review_request(request, library(), terms, source, "http://x")


def test_the_device_and_the_encounter_are_read() -> None:
    """The device says what is ordered, and the session's encounter where."""
    (finding,) = reviewed(Record([DEVICE, COVERAGE, ENCOUNTER])).findings

    assert "investigational" == finding.determination
    assert "prior-authorization-inpatient" in finding.notes
    assert "not-covered-outpatient" not in finding.notes


def test_a_device_of_the_prefetch() -> None:
    """A device that the EHR sends under a key of its own is not read again."""
    found = reviewed(Record([COVERAGE]), {"device": DEVICE}).findings

    assert ["investigational"] == [each.determination for each in found]


@pytest.mark.parametrize("source", [None, Record([COVERAGE])])
def test_a_device_that_cannot_be_read(source: Source | None) -> None:
    """An order without a name is no order of ours, and nothing else is read for it."""
    review = reviewed(source)

    assert () == review.findings
    assert review.gathered is None
