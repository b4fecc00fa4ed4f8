"""What is wrong with a request is said, with the field and the cure, and never as a 500."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.service.requests_sent import (
    BLOOD_COUNT,
    CONDITION,
    ORDER_SELECT,
    ORDER_SIGN,
    order,
    order_select,
    order_sign,
)
from tests.service.transport import FakeFhir, changed, searchset

_LEFT_OUT = object()

FIELDS: list[tuple[str, Any, int, str]] = [
    # what is changed, into what, status, the field that the answer names
    ("hook", _LEFT_OUT, 400, "hook"),
    ("hook", None, 400, "hook"),
    ("hook", ["order-sign"], 400, "hook"),
    ("hook", "patient-view", 400, "hook"),
    ("hook", "order-select", 400, "hook"),
    ("hookInstance", _LEFT_OUT, 400, "hookInstance"),
    ("hookInstance", 7, 400, "hookInstance"),
    ("hookInstance", "", 400, "hookInstance"),
    ("hookInstance", "  ", 400, "hookInstance"),
    ("context", _LEFT_OUT, 400, "context"),
    ("context", None, 400, "context"),
    ("context", [], 400, "context"),
    ("context.userId", 7, 400, "context.userId"),
    ("context.patientId", _LEFT_OUT, 400, "context.patientId"),
    ("context.patientId", None, 400, "context.patientId"),
    ("context.patientId", {"id": "anna"}, 400, "context.patientId"),
    ("context.patientId", "", 400, "context.patientId"),
    ("context.patientId", "anna,berta", 400, "context.patientId"),
    ("context.patientId", "../Practitioner", 400, "context.patientId"),
    ("context.patientId", "..", 400, "context.patientId"),
    ("context.patientId", "anna?x=1", 400, "context.patientId"),
    ("context.encounterId", 7, 400, "context.encounterId"),
    ("context.draftOrders", _LEFT_OUT, 400, "context.draftOrders"),
    ("context.draftOrders", None, 400, "context.draftOrders"),
    ("context.draftOrders", [], 400, "context.draftOrders"),
    ("context.draftOrders", {}, 400, "context.draftOrders.resourceType"),
    ("context.draftOrders", order("draft-1"), 400, "context.draftOrders"),
    ("context.draftOrders.entry", {}, 400, "context.draftOrders.entry"),
    ("context.draftOrders.entry", "x", 400, "context.draftOrders.entry"),
    ("context.draftOrders.entry", [7], 400, "context.draftOrders.entry[0]"),
    ("context.draftOrders.entry", [{"resource": "x"}], 400, "context.draftOrders.entry"),
    ("fhirServer", 7, 400, "fhirServer"),
    ("fhirServer", "ehr.example/fhir", 400, "fhirServer"),
    ("fhirServer", "file:///etc/passwd", 400, "fhirServer"),
    ("fhirServer", "https://[", 400, "fhirServer"),
    ("fhirServer", "https://user:secret@ehr.example/fhir", 400, "fhirServer"),
    ("fhirAuthorization", "token", 400, "fhirAuthorization"),
    ("fhirAuthorization", {}, 400, "fhirAuthorization.access_token"),
    ("fhirAuthorization", {"access_token": 7}, 400, "fhirAuthorization.access_token"),
    ("fhirAuthorization", {"access_token": "a\nb"}, 400, "fhirAuthorization.access_token"),
    (
        "fhirAuthorization",
        {"access_token": "a", "token_type": "Basic"},
        400,
        "fhirAuthorization.token_type",
    ),
    ("prefetch", [], 400, "prefetch"),
    ("prefetch", "x", 400, "prefetch"),
    ("prefetch", 7, 400, "prefetch"),
]

BODIES: list[tuple[str, bytes, str]] = [
    ("empty", b"", "body"),
    ("no JSON", b"<html></html>", "body"),
    ("an array", b"[]", "body"),
    ("null", b"null", "body"),
    ("cut off", json.dumps(order_sign()).encode()[:-5], "body"),
    ("twice", json.dumps(order_sign()).encode() * 2, "body"),
    ("deep", b'{"z":' + b"[" * 60_000 + b"]" * 60_000 + b"}", "body"),
    ("deep somewhere else", b'{"x":' + b'{"a":' * 60_000 + b"1" + b"}" * 60_000 + b"}", "body"),
    ("deep and never closed", b"[" * 60_000, "body"),
    ("no UTF-8", json.dumps(order_sign()).encode().replace(b"anna", b"ann\xff"), "body"),
    ("UTF-16", json.dumps(order_sign()).encode("utf-16"), "body"),
    (
        "no UTF-8 in the prefetch",
        json.dumps(order_sign(prefetch={"patient": "~"})).encode().replace(b"~", b"\xc3\x28"),
        "body",
    ),
]


def _diagnostics(response: TestResponse) -> str:
    answer = response.get_json()
    assert "OperationOutcome" == answer["resourceType"]
    assert "error" == answer["issue"][0]["severity"]
    diagnostics: str = answer["issue"][0]["diagnostics"]
    assert "Traceback" not in diagnostics
    return diagnostics


@pytest.mark.parametrize(("path", "value", "status", "named"), FIELDS)
def test_wrong_field_is_named(
    client: FlaskClient, path: str, value: Any, status: int, named: str
) -> None:
    """A field that is missing or mistyped is answered with its name and a cure."""

    def change(place: dict[str, Any], name: str) -> None:
        if value is _LEFT_OUT:
            del place[name]
        else:
            place[name] = value

    response = client.post(ORDER_SIGN, json=changed(order_sign(), path, change))

    assert status == response.status_code
    diagnostics = _diagnostics(response)
    assert diagnostics.startswith(named)
    assert ". Send " in diagnostics


@pytest.mark.parametrize(
    ("body", "named"), [each[1:] for each in BODIES], ids=[b[0] for b in BODIES]
)
def test_unreadable_body_is_refused(client: FlaskClient, body: bytes, named: str) -> None:
    """A body that is no JSON, no UTF-8 or absurd is answered 400."""
    response = client.post(ORDER_SIGN, data=body, content_type="application/json")

    assert 400 == response.status_code
    assert _diagnostics(response).startswith(named)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("context.userId", _LEFT_OUT),
        ("context.userId", None),
        ("context.encounterId", None),
        ("context.encounterId", "Encounter/e1"),
        ("context.patientId", "Patient/anna"),
        ("context.patientId", "https://ehr.example/fhir/Patient/anna"),
        ("fhirAuthorization", None),
        ("prefetch", None),
        ("extension", None),
        ("extension", {"x": 1}),
        ("context.draftOrders.type", _LEFT_OUT),
    ],
)
def test_dialects_are_understood(
    client: FlaskClient, fhir: FakeFhir, path: str, value: Any
) -> None:
    """What EHRs leave out or write in another way is no error, and the patient is the same."""

    def change(place: dict[str, Any], name: str) -> None:
        if value is _LEFT_OUT:
            del place[name]
        else:
            place[name] = value

    response = client.post(ORDER_SIGN, json=changed(order_sign(), path, change))

    assert 200 == response.status_code
    assert "Patient/anna" in fhir.paths


@pytest.mark.parametrize("entry", [None, [], [{}], [{"resource": None}], [{"fullUrl": "urn:x"}]])
def test_no_orders_are_no_error(client: FlaskClient, entry: Any) -> None:
    """Entries without a resource are passed over, and no order means no card."""
    request = order_sign()
    request["context"]["draftOrders"]["entry"] = entry

    response = client.post(ORDER_SIGN, json=request)

    assert (200, {"cards": []}) == (response.status_code, response.get_json())


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/fhir+json", 200),
        ("APPLICATION/JSON", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("text/json+json", 415),
        (None, 415),
    ],
)
def test_content_type_says_json(client: FlaskClient, content_type: str | None, status: int) -> None:
    """Only a body that is announced as JSON is read."""
    body = json.dumps(order_sign()).encode()

    response = client.post(ORDER_SIGN, data=body, content_type=content_type)

    assert status == response.status_code
    if status == 415:
        assert _diagnostics(response).startswith("Content-Type")


def test_compressed_body_is_refused(client: FlaskClient) -> None:
    """A compressed body is refused, as its size is not known before."""
    response = client.post(ORDER_SIGN, json={}, headers={"Content-Encoding": "gzip"})

    assert 415 == response.status_code
    assert _diagnostics(response).startswith("Content-Encoding")


def test_large_body_is_refused(client: FlaskClient) -> None:
    """A body above the limit is answered 413 with the limit."""
    body = b" " * (16 * 1024 * 1024 + 1)

    response = client.post(ORDER_SIGN, data=body, content_type="application/json")

    assert 413 == response.status_code
    assert "16777216 bytes" in _diagnostics(response)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/cds-services/no-such-service", 404),
        ("GET", "/cds-services/no-such-service", 405),
        ("GET", ORDER_SIGN, 405),
        ("PUT", ORDER_SIGN, 405),
        ("POST", "/cds-services", 405),
        ("GET", "/cds-services/a/b/c", 404),
        ("DELETE", "/health/live", 405),
    ],
)
def test_unknown_addresses_are_answered_in_json(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    """An unknown service, path or method is answered with an OperationOutcome."""
    response = client.open(path, method=method, json={} if method == "POST" else None)

    assert status == response.status_code
    assert _diagnostics(response)
    assert (status == 405) == ("Allow" in response.headers)


@pytest.mark.parametrize("selections", [_LEFT_OUT, None, "ServiceRequest/draft-1", [7], {}])
def test_selections_are_required_at_order_select(client: FlaskClient, selections: Any) -> None:
    """At order-select the selections have to be an array of references."""
    request = order_select(selections=[])
    if selections is _LEFT_OUT:
        del request["context"]["selections"]
    else:
        request["context"]["selections"] = selections

    response = client.post(ORDER_SELECT, json=request)

    assert 400 == response.status_code
    assert _diagnostics(response).startswith("context.selections")


@pytest.mark.parametrize("written", [b"9" * 5000, b"1e999", b'"\\ud83d"'])
def test_one_unsound_value_of_an_order_costs_only_itself(
    client: FlaskClient, written: bytes
) -> None:
    """A number beyond any measure, or half of a character, leaves the other orders of a signing."""
    odd = {**order("odd", BLOOD_COUNT), "extension": [{"url": "x", "valueDecimal": "~"}]}
    body = json.dumps(order_sign(odd, order("draft-1"))).encode().replace(b'"~"', written)

    response = client.post(ORDER_SIGN, data=body, content_type="application/json")

    assert (200, 1) == (response.status_code, len(response.get_json()["cards"]))


def test_byte_order_mark_is_passed_over(client: FlaskClient) -> None:
    """A byte order mark before the JSON does no harm."""
    body = b"\xef\xbb\xbf" + json.dumps(order_sign()).encode()

    response = client.post(ORDER_SIGN, data=body, content_type="application/json")

    assert 200 == response.status_code


@pytest.mark.parametrize("depth", [100, 300, 900, 990, 1_000, 5_000])
@pytest.mark.parametrize("where", ["order", "prefetch"])
def test_depth_is_no_fault_of_ours(client: FlaskClient, depth: int, where: str) -> None:
    """What is nested more deeply than anybody writes is refused or passed over, and never a 500."""
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    condition = {**CONDITION, "extension": "~"}
    if where == "order":
        request = order_sign({**order("draft-1"), "extension": "~"})
    else:
        request = order_sign(prefetch={"conditions": searchset(condition)})
    body = json.dumps(request).encode().replace(b'"~"', deep)

    response = client.post(ORDER_SIGN, data=body, content_type="application/json")

    allowed = {200} if depth == 100 else {400} if where == "order" else {200, 400}
    assert response.status_code in allowed


def test_trailing_slash_is_passed_over(client: FlaskClient) -> None:
    """An address with a slash at its end is the same address."""
    assert 200 == client.get("/cds-services/").status_code
    assert 200 == client.post(f"{ORDER_SIGN}/", json=order_sign()).status_code


def test_two_patients_in_one_context(client: FlaskClient) -> None:
    """A context that names two patients is refused: each reader of JSON would take another."""
    body = json.dumps(order_sign()).replace('"patientId":', '"patientId": "berta", "patientId":', 1)

    response = client.post(ORDER_SIGN, data=body, content_type="application/json")

    assert 400 == response.status_code
    assert "context.patientId: stands there twice" in _diagnostics(response)


def test_a_patient_elsewhere_in_the_context(client: FlaskClient) -> None:
    """The name of the field within an order is none of the context's."""
    draft = {**order("o1", "85025"), "extension": [{"patientId": 7}, {"patientId": "b"}]}

    assert 200 == client.post(ORDER_SIGN, json=order_sign(draft)).status_code
