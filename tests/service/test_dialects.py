"""Every dialect of a real EHR gives the findings of the clean form."""

import json
from typing import Any

import msgspec
import pytest

from cards.finding import finding_json
from cards.library import Library
from service.fhir.client import Deadline, FhirServer
from service.fhir.draft_orders import with_medications
from service.hook import read_request, service_for
from service.reviewing import Terms, review_request
from service.stories.story import Story, load_stories
from tests.service.dialects import DIALECTS, spoken
from tests.service.requests_sent import order
from tests.service.transport import BASE, FakeFhir

SLUGS = (
    "a-child-in-second-remission",
    "a-day-under-six-months-of-cyclophosphamide",
    "active-antral-vascular-ectasia",
    "lymphocytes-in-remission-without-a-risk",
)
STORIES = {story.slug: story for story in load_stories() if story.slug in SLUGS}


def _findings(library: Library, story: Story, request: Any, record: Any) -> list[dict[str, Any]]:
    body = msgspec.json.encode(request)
    hook_request = read_request(body, service_for(body))
    server = FakeFhir(record)
    source = FhirServer(BASE, server.session(), Deadline(10)) if record else None
    terms = Terms(story.as_of, story.payer_matching)
    review = review_request(hook_request, library, terms, source, BASE)
    findings: list[dict[str, Any]] = json.loads(
        json.dumps([finding_json(each) for each in review.findings])
    )
    return findings


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS.keys())
@pytest.mark.parametrize("slug", SLUGS)
def test_same_findings_in_every_dialect(library: Library, slug: str, dialect: Any) -> None:
    """Findings, evidence and wording are those of the clean form, whatever the EHR's accent."""
    story = STORIES[slug]
    clean = story.expected["findings"]
    request, record = spoken(dialect, story.request, list(story.resources))

    findings = _findings(library, story, request, record)

    assert _in_the_words_of(clean, story.request, request) == findings
    assert findings


def _in_the_words_of(findings: Any, clean: Any, request: Any) -> Any:
    """Return findings with the orders named as the dialect names them."""
    text = json.dumps(findings)
    kinds = ("ServiceRequest", "ProcedureRequest")
    names = (
        [
            f"{entry['resource']['resourceType']}/{entry['resource']['id']}"
            for entry in each["context"]["draftOrders"]["entry"]
            if entry["resource"]["resourceType"] in kinds
        ]
        for each in (clean, request)
    )
    for one, other in zip(*names, strict=True):
        text = text.replace(f'"{one}"', f'"{other}"')
    return json.loads(text)


DRUG = {"resourceType": "Medication", "id": "cells", "code": {"text": "Donor lymphocytes"}}
PRESCRIPTION = {
    **order("rx"),
    "resourceType": "MedicationRequest",
    "medicationReference": {"reference": "Medication/cells"},
}


@pytest.mark.parametrize(
    "orders",
    [
        [DRUG, PRESCRIPTION],
        [PRESCRIPTION, DRUG],
        [PRESCRIPTION | {"contained": [DRUG], "medicationReference": {"reference": "#cells"}}],
        [PRESCRIPTION | {"medicationReference": {"display": "Donor lymphocytes"}}],
    ],
)
def test_the_drug_of_an_order_is_found(orders: list[Any]) -> None:
    """A drug among the orders, within the order, or by its display is the order's own."""
    (read,) = [each for each in with_medications(orders) if each["id"] == "rx"]

    assert "Donor lymphocytes" == read["medicationCodeableConcept"]["text"]


@pytest.mark.parametrize("reference", [7, [], {}, {"reference": 7}, {"reference": "#x"}, "x"])
def test_a_broken_reference_is_no_fault(reference: Any) -> None:
    """An order whose drug cannot be found stays an order without a drug."""
    (read,) = with_medications([PRESCRIPTION | {"medicationReference": reference, "contained": 7}])

    assert None is (read.get("medicationCodeableConcept") or {}).get("text")
