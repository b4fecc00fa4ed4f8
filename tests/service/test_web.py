"""The path of a request over HTTP: what is read, what is not, and what is answered."""

import io
import json
from datetime import date
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from cards.library import Library
from service.app import create_app
from service.settings import Settings
from tests.service.requests_sent import (
    ALLOGENEIC,
    BLOOD_COUNT,
    CONDITION,
    COVERAGE,
    ORDER_SELECT,
    ORDER_SIGN,
    PATIENT,
    order,
    order_select,
    order_sign,
)
from tests.service.transport import BASE, FakeFhir, ForbiddenFhir, searchset


@pytest.fixture
def untouched(library: Library) -> FlaskClient:
    """A client of a service that must not ask a FHIR server."""
    app = create_app(Settings(), library=library, stories=(), session=ForbiddenFhir().session())
    return app.test_client()


@pytest.fixture
def record(fhir: FakeFhir) -> FakeFhir:
    """The FHIR server, with a patient, her disease and her coverage."""
    fhir.resources = [PATIENT, CONDITION, COVERAGE]
    return fhir


def _findings(client: FlaskClient, request: dict[str, Any], path: str = ORDER_SIGN) -> list[Any]:
    response = client.post(path, json=request)
    assert 200 == response.status_code, response.text
    return [
        finding
        for card in response.get_json()["cards"]
        for finding in card["extension"]["transplant-cds.findings"]
    ]


def test_other_orders_touch_nothing(untouched: FlaskClient) -> None:
    """Without a transplant among the orders, neither FHIR server nor prefetch is read."""
    body = json.dumps(order_sign(order("o1", BLOOD_COUNT), prefetch={"patient": "~"})).encode()
    unreadable = body.replace(b'"~"', b"1e999")

    response = untouched.post(ORDER_SIGN, data=unreadable, content_type="application/json")

    assert (200, {"cards": []}) == (response.status_code, response.get_json())


def test_orders_of_another_patient_touch_nothing(untouched: FlaskClient) -> None:
    """A transplant of another patient is no order of this one."""
    request = order_sign(order("o1", patient="berta"))

    response = untouched.post(ORDER_SIGN, json=request)

    assert (200, {"cards": []}) == (response.status_code, response.get_json())


def test_record_is_fetched(client: FlaskClient, record: FakeFhir) -> None:
    """An order that concerns a policy is reviewed on what the FHIR server holds."""
    (finding,) = _findings(client, order_sign())

    assert "needs-information" == finding["determination"]
    assert "member" == finding["basis"]
    assert {"Patient/anna", "Condition", "Coverage", "Observation"} <= set(record.paths)


def test_prefetch_comes_first(client: FlaskClient, record: FakeFhir) -> None:
    """What the prefetch answers is not asked for again, be it null or full."""
    prefetch = {
        "patient": PATIENT,
        "conditions": searchset(CONDITION),
        "coverages": searchset(COVERAGE),
        "procedures": None,
    }

    _findings(client, order_sign(prefetch=prefetch))

    assert {"Patient/anna", "Condition", "Coverage", "Procedure"}.isdisjoint(record.paths)
    assert "Observation" in record.paths


def test_unusable_prefetch_is_fetched(client: FlaskClient, record: FakeFhir) -> None:
    """Where the prefetch failed, the FHIR server is asked."""
    (finding,) = _findings(
        client, order_sign(prefetch={"conditions": "<html>", "patient": PATIENT})
    )

    assert "Condition" in record.paths
    assert "incomplete" not in finding.get("notes", [])


def test_references_are_resolved_in_a_second_round(client: FlaskClient, fhir: FakeFhir) -> None:
    """A payer that is given by reference is read, and its name decides."""
    payer = {"resourceType": "Organization", "id": "cbc", "name": "Capital Blue Cross"}
    covered = {**COVERAGE, "payor": [{"reference": "Organization/cbc"}]}
    fhir.resources = [PATIENT, CONDITION, covered, payer]

    (finding,) = _findings(client, order_sign())

    assert "Organization/cbc" in fhir.paths
    assert "member" == finding["basis"]


def test_resources_of_others_do_not_count(client: FlaskClient, record: FakeFhir) -> None:
    """What the FHIR server wrongly sends of another patient decides nothing."""
    foreign = {**CONDITION, "id": "x", "subject": {"reference": "Patient/berta"}}
    record.resources = [PATIENT, COVERAGE, foreign]
    request = order_sign()
    del request["context"]["draftOrders"]["entry"][0]["resource"]["reasonCode"]

    (finding,) = _findings(client, request)

    assert "indication" not in finding
    assert "needs-information" == finding["determination"]


def test_token_goes_to_the_fhir_server(client: FlaskClient, record: FakeFhir) -> None:
    """The request's token goes with every read, and into no answer."""
    authorization = {"access_token": "canary-token", "token_type": "Bearer", "expires_in": 300}

    response = client.post(ORDER_SIGN, json=order_sign(fhirAuthorization=authorization))

    assert {"Bearer canary-token"} == {each.headers["Authorization"] for each in record.asked}
    assert "canary-token" not in response.text


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((401, b""), "security"),
        ((403, b""), "security"),
        ((500, b""), "transient"),
        ((200, b"<html>"), "transient"),
        (requests.ConnectionError("anna"), "transient"),
        (requests.ReadTimeout("anna"), "timeout"),
    ],
)
def test_nothing_can_be_read(
    client: FlaskClient, fhir: FakeFhir, answer: tuple[int, bytes] | Exception, code: str
) -> None:
    """An order that needs the record is answered 412 when nothing of it can be read."""
    fhir.otherwise = answer

    response = client.post(ORDER_SIGN, json=order_sign())

    issue = response.get_json()["issue"][0]
    assert (412, code) == (response.status_code, issue["code"])
    assert "anna" not in response.text


def test_nothing_was_sent(untouched: FlaskClient) -> None:
    """Without prefetch and FHIR server, the answer 412 says what to send."""
    response = untouched.post(ORDER_SIGN, json=order_sign(fhirServer=None))

    issue = response.get_json()["issue"][0]
    assert (412, "required") == (response.status_code, issue["code"])
    assert "Send fhirServer" in issue["diagnostics"]


def test_a_part_can_be_read(client: FlaskClient, record: FakeFhir) -> None:
    """With a part of the record unread, the answer says that it is incomplete."""
    record.answers["Observation"] = (502, b"")

    (finding,) = _findings(client, order_sign())

    assert "needs-information" == finding["determination"]
    assert "incomplete" in finding["notes"]
    assert "unavailable" in {criterion["verdict"] for criterion in finding["criteria"]}


def test_what_fails_anyway_is_said_without_the_rest(client: FlaskClient, record: FakeFhir) -> None:
    """One failed criterion decides, also where the rest cannot be read."""
    record.answers["Observation"] = (502, b"")

    (finding,) = _findings(client, order_sign(order("o1", ALLOGENEIC)))

    assert "investigational" == finding["determination"]
    assert "incomplete" not in finding.get("notes", [])


@pytest.mark.parametrize(
    "selected", ["ServiceRequest/o2", "o2", "https://ehr.example/fhir/ServiceRequest/o2"]
)
def test_only_selected_orders_at_order_select(
    client: FlaskClient, record: FakeFhir, selected: str
) -> None:
    """At order-select the orders that were not selected are not reviewed, nor to be removed."""
    orders = order("o1"), order("o2", ALLOGENEIC)

    findings = _findings(client, order_select(*orders, selections=[selected]), ORDER_SELECT)

    assert ["ServiceRequest/o2"] == [finding["order"] for finding in findings]
    assert record.paths


def test_nothing_relevant_selected(untouched: FlaskClient) -> None:
    """At order-select a transplant that is not selected touches nothing."""
    orders = order("o1"), order("o2", BLOOD_COUNT)
    request = order_select(*orders, selections=["ServiceRequest/o2"])

    response = untouched.post(ORDER_SELECT, json=request)

    assert (200, {"cards": []}) == (response.status_code, response.get_json())


def test_health(client: FlaskClient) -> None:
    """The process says that it lives, and that its policies are loaded."""
    assert {"status": "live"} == client.get("/health/live").get_json()
    ready = client.get("/health/ready").get_json()
    assert ("ready", True) == (ready["status"], ready["policies"] > 0)


def test_unforeseen_error(library: Library, log: io.StringIO) -> None:
    """A fault of ours is a 500 with an opaque id; the log has its trace, not what it says."""
    settings = Settings(fhir_servers=BASE)
    app = create_app(settings, library=library, stories=(), today=_broken)

    response = app.test_client().post(ORDER_SIGN, json=order_sign())

    diagnostics = response.get_json()["issue"][0]["diagnostics"]
    assert 500 == response.status_code
    assert "anna" not in response.text + log.getvalue()
    assert diagnostics.rstrip(".").rpartition(" ")[2] in log.getvalue()


def _broken() -> date:
    raise KeyError("anna")
