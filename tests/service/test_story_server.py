"""The stories' FHIR server answers searches and reads, in pages, and refuses what it cannot do."""

from dataclasses import replace
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.capabilitystatement import CapabilityStatement
from flask import Flask
from flask.testing import FlaskClient

from cards.library import Library
from cards.review import all_searches
from service.stories.server import create_story_server
from tests.service.requests_sent import CONDITION, COVERAGE, PATIENT
from tests.service.test_stories import told_story


@pytest.fixture
def server() -> FlaskClient:
    """The FHIR server with one story, of whose patient there are 120 results."""
    results = [
        {
            "resourceType": "Observation",
            "id": f"o{number}",
            "status": "final" if number else "cancelled",
            "category": [{"coding": [{"system": "urn:c", "code": "laboratory"}]}],
            "code": {"coding": [{"system": "http://loinc.org", "code": f"{number}-0"}]},
            "subject": {"reference": "Patient/anna"},
        }
        for number in range(120)
    ]
    told = replace(told_story(), resources=(PATIENT, CONDITION, COVERAGE, *results))
    app = Flask("stories")
    app.register_blueprint(create_story_server([told]), url_prefix="/fhir")
    return app.test_client()


def _found(server: FlaskClient, query: str) -> list[str]:
    response = server.get(f"/fhir/{query}")
    assert 200 == response.status_code
    return [entry["resource"]["id"] for entry in response.get_json().get("entry", [])]


def test_read(server: FlaskClient) -> None:
    """A resource is read by type and id."""
    response = server.get("/fhir/Patient/anna")

    assert PATIENT == response.get_json()
    assert "application/fhir+json" == response.mimetype


@pytest.mark.parametrize("path", ["Patient/berta", "Slot/anna"])
def test_read_of_nothing(server: FlaskClient, path: str) -> None:
    """What is not there is answered 404 with an OperationOutcome."""
    response = server.get(f"/fhir/{path}")

    assert (404, "OperationOutcome") == (response.status_code, response.get_json()["resourceType"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Patient?_id=anna", ["anna"]),
        ("Condition?patient=anna", ["ssc"]),
        ("Condition?subject=Patient/anna", ["ssc"]),
        ("Condition?patient=berta", []),
        ("Coverage?patient=anna", ["cov"]),
        ("Coverage?beneficiary=Patient/anna&status=active", ["cov"]),
        ("Coverage?patient=anna&status=cancelled", []),
        ("Condition?patient=anna&code=http://hl7.org/fhir/sid/icd-10-cm|M34.0", ["ssc"]),
        ("Condition?patient=anna&code=urn:other|M34.0", []),
        ("Observation?patient=anna&code=7-0,http://loinc.org|9-0", ["o7", "o9"]),
        ("Observation?patient=anna&category=laboratory&status=cancelled", ["o0"]),
        ("Slot?patient=anna", []),
    ],
)
def test_search(server: FlaskClient, query: str, expected: list[str]) -> None:
    """Resources are found by patient, id and tokens."""
    assert expected == _found(server, query)


def test_search_by_post(server: FlaskClient) -> None:
    """A search may come as a form."""
    response = server.post("/fhir/Condition/_search", data={"patient": "anna"})

    assert 1 == response.get_json()["total"]


def test_pages(server: FlaskClient) -> None:
    """A long answer comes in pages, whose links are absolute."""
    url: str | None = "http://localhost/fhir/Observation?patient=anna&_count=50"
    seen: list[str] = []
    sizes = []
    while url:
        bundle: dict[str, Any] = server.get(url.removeprefix("http://localhost")).get_json()
        Bundle.model_validate(bundle)
        seen += [entry["resource"]["id"] for entry in bundle["entry"]]
        sizes.append(len(bundle["entry"]))
        url = next((x["url"] for x in bundle["link"] if x["relation"] == "next"), None)

    assert ([50, 50, 20], 120) == (sizes, len(set(seen)))


@pytest.mark.parametrize("query", ["Condition?onset=2020", "Condition?_count=x", "Patient?_has=x"])
def test_unknown_search_is_refused(server: FlaskClient, query: str) -> None:
    """A search that is not understood is refused, not answered with too much."""
    response = server.get(f"/fhir/{query}")

    assert (400, "OperationOutcome") == (response.status_code, response.get_json()["resourceType"])


def test_metadata(server: FlaskClient) -> None:
    """The server says what it is."""
    CapabilityStatement.model_validate(server.get("/fhir/metadata").get_json())


def test_every_search_of_ours_is_understood(server: FlaskClient, library: Library) -> None:
    """Whatever the policies read, the stories' server can answer."""
    for search in all_searches(library):
        path = search.prefetch_template().replace("{{context.patientId}}", "anna")
        assert 200 == server.get(f"/fhir/{path}").status_code
