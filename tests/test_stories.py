"""The stories of `fixtures/`, each sent over HTTP and answered from its own FHIR server."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from pydantic import ValidationError
from werkzeug.serving import make_server

from cards.finding import finding_json
from cards.library import Library, load_library
from service.app import create_app
from service.fhir.client import Deadline, FhirServer, create_session
from service.hook import read_request, service_named
from service.reviewing import Terms, review_request
from service.settings import Settings

FIXTURES = Path(__file__).parent.parent / "fixtures"
STORIES = sorted(path.parent.name for path in FIXTURES.glob("*/story.yaml"))
SERVICE = "transplant-policy-order-sign"
WRITTEN_ADDRESS = "http://127.0.0.1:8080"
"""Where the folders say that the service is: requests name it, and links on cards lead there."""


@pytest.fixture(scope="module")
def library() -> Library:
    """The policies that come with the service."""
    return load_library()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the service runs, with its stories and no other settings: a free port."""
    # The port is known only when the socket is bound, and the settings name the port.
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True)
    server.app = create_app(Settings(port=server.server_port, demo=True))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def about(story: str) -> dict[str, Any]:
    """Return what `story.yaml` says."""
    content = yaml.safe_load((FIXTURES / story / "story.yaml").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def expected(story: str, address: str) -> dict[str, Any]:
    """Return `expected.json`, with the address at which the service really runs."""
    text = (FIXTURES / story / "expected.json").read_text(encoding="utf-8")
    content = json.loads(text.replace(WRITTEN_ADDRESS, address))
    assert isinstance(content, dict)
    return content


def request_body(story: str, address: str) -> bytes:
    """Return `request.json`, with the address at which the FHIR server really runs."""
    text = (FIXTURES / story / "request.json").read_text(encoding="utf-8")
    return text.replace(WRITTEN_ADDRESS, address).encode()


def test_there_are_stories() -> None:
    """The folder is found: a wrong path would make every test below pass for nothing."""
    assert len(STORIES) >= 20


@pytest.mark.parametrize("story", STORIES)
def test_the_service_answers_as_the_story_expects(story: str, address: str) -> None:
    """The whole response over HTTP is the one in the folder, to the last character."""
    answer = requests.post(
        f"{address}/cds-services/{SERVICE}",
        data=request_body(story, address),
        headers={"Content-Type": "application/json"},
        timeout=30,
    )

    assert 200 == answer.status_code, answer.text
    assert {"cards": expected(story, address)["cards"]} == answer.json()


@pytest.mark.parametrize("story", STORIES)
def test_the_findings_are_those_of_the_story(story: str, address: str, library: Library) -> None:
    """Findings that make no card are as expected too, read from the same FHIR server."""
    request = read_request(request_body(story, address), service_named(SERVICE))
    terms = Terms(about(story)["as_of"], about(story)["payer_matching"])
    source = FhirServer(f"{address}/fhir", create_session(), Deadline(30))

    review = review_request(request, library, terms, source, address)

    findings = [finding_json(finding) for finding in review.findings]
    assert expected(story, address)["findings"] == json.loads(json.dumps(findings))


@pytest.mark.parametrize("story", STORIES)
def test_the_story_introduces_itself(story: str, library: Library) -> None:
    """A reader learns who, what is ordered, and why the answer is what it is."""
    introduction = about(story)

    assert introduction["title"]
    assert 2 <= len(re.findall(r"[.?](?=\s|$)", introduction["story"])) <= 4
    assert isinstance(introduction["as_of"], date)
    assert introduction["payer_matching"] in ("strict", "reference")
    assert introduction["policy"] in {policy.id for policy in library.policies}


@pytest.mark.parametrize("story", STORIES)
def test_the_request_is_about_the_patient_of_the_story(story: str) -> None:
    """Patient, address and a hook instance of its own make the request ready to send."""
    request = json.loads((FIXTURES / story / "request.json").read_text(encoding="utf-8"))

    assert "order-sign" == request["hook"]
    assert f"{WRITTEN_ADDRESS}/fhir" == request["fhirServer"]
    assert story == request["context"]["patientId"]


def test_no_two_stories_share_a_hook_instance_or_a_resource() -> None:
    """One FHIR server holds all stories, so that an id used twice would hide a resource."""
    instances = [
        json.loads(path.read_text(encoding="utf-8"))["hookInstance"]
        for path in FIXTURES.glob("*/request.json")
    ]
    resources = [
        (resource["resourceType"], resource["id"])
        for resource in (
            json.loads(path.read_text(encoding="utf-8")) for path in FIXTURES.glob("*/fhir/*.json")
        )
    ]

    assert len(instances) == len(set(instances))
    assert len(resources) == len(set(resources))


@pytest.mark.parametrize("story", STORIES)
def test_the_record_is_valid_fhir_unless_broken_on_purpose(story: str) -> None:
    """Every resource passes its R4B model, and those that the story calls broken do not."""
    broken = []
    for file in sorted((FIXTURES / story / "fhir").glob("*.json")):
        resource = json.loads(file.read_text(encoding="utf-8"))
        kind = resource["resourceType"]
        model = getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind)
        try:
            model.model_validate(resource)
        except ValidationError:
            broken.append(file.name)

    assert about(story).get("broken_on_purpose", []) == broken
