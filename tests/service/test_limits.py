"""What a request may ask, how often, from which pages, and what goes with the answers."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cards.library import Library
from service.app import create_app
from service.depth import MOST_DEPTH, refuse_deep
from service.errors import BadRequest
from service.settings import Settings
from tests.service.requests_sent import BLOOD_COUNT, ORDER_SIGN, order, order_sign
from tests.service.transport import FakeFhir, searchset


def _client(library: Library, **settings: Any) -> FlaskClient:
    made = Settings.model_validate({"demo": False, **settings})
    return create_app(made, library=library, session=FakeFhir().session()).test_client()


@pytest.mark.parametrize(
    "body",
    [
        b"[" * MOST_DEPTH + b"]" * MOST_DEPTH,
        b"[" * 50 + b'"' + b"[{" * 5000 + b'"' + b"]" * 50,
        b'{"a":"\\"' + b"[" * 5000 + b'\\\\"}' + b"[]" * 300,
        b'{"a":[1,{"b":[]}]}' * 1000,
        b"",
        b"}" * 500,
    ],
)
def test_not_too_deep(body: bytes) -> None:
    """Brackets in strings, or side by side, are no depth."""
    refuse_deep(body)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1),
        b'{"a":[' * MOST_DEPTH + b"]}" * MOST_DEPTH,
        b'[{"x":{}},' * (MOST_DEPTH + 1) + b"1" + b"]" * (MOST_DEPTH + 1),
        b"[" * 1_000_000,
    ],
)
def test_too_deep(body: bytes) -> None:
    """One level more is refused, whole or not."""
    with pytest.raises(BadRequest, match="deeper than"):
        refuse_deep(body)


def test_a_long_record_fits(client: FlaskClient) -> None:
    """20,000 Observations in the prefetch are let in by the default limits, and quickly."""
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "718-7", "display": "x" * 40}]},
        "subject": {"reference": "Patient/anna"},
        "effectiveDateTime": "2026-10-01T10:00:00Z",
        "valueQuantity": {"value": 13.2, "unit": "g/dL", "system": "http://unitsofmeasure.org"},
        "category": [{"coding": [{"code": "laboratory"}]}],
    }
    many = [{**observation, "id": str(each)} for each in range(20_000)]
    request = order_sign(order("o1", BLOOD_COUNT), prefetch={"observations": searchset(*many)})
    body = json.dumps(request).encode()
    assert len(body) < Settings().max_body_bytes

    started = time.perf_counter()
    refuse_deep(body)
    assert time.perf_counter() - started < 1
    response = client.post(ORDER_SIGN, data=body, content_type="application/json")

    assert 200 == response.status_code


def test_orders_of_one_request(library: Library) -> None:
    """As many orders as the setting says are reviewed, one more is refused."""
    client = _client(library, max_orders=3)
    orders = [order(f"o{each}", BLOOD_COUNT) for each in range(4)]

    assert 200 == client.post(ORDER_SIGN, json=order_sign(*orders[:3])).status_code
    refused = client.post(ORDER_SIGN, json=order_sign(*orders))

    assert (400, "too-costly") == (refused.status_code, refused.get_json()["issue"][0]["code"])


def test_rate(library: Library) -> None:
    """Above the rate the answer is 429 and says when to come back; probes are not counted."""
    client = _client(library, rate="2/hour")
    statuses = [client.get("/cds-services").status_code for _ in range(2)]
    refused = client.get("/cds-services")

    assert [200, 200, 429] == [*statuses, refused.status_code]
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    assert 200 == client.get("/health/live").status_code


@pytest.mark.parametrize(
    ("settings", "origin", "allowed"),
    [
        ({}, "https://sandbox.cds-hooks.org", True),
        ({}, "http://localhost:3000", True),
        ({}, "http://localhost:3000.evil.example.net", False),
        ({}, "https://evil.example.net", False),
        ({}, "null", False),
        ({"cors_origins": "https://ehr.example.org"}, "https://ehr.example.org", True),
        ({"cors_origins": "https://ehr.example.org"}, "https://ehrXexample.org", False),
        ({"cors_origins": "https://ehr.example.org"}, "https://ehr.example.org.evil.net", False),
        ({"cors_origins": "https://ehr.example.org"}, "https://sandbox.cds-hooks.org", False),
        ({"host": "0.0.0.0", "open": True}, "https://sandbox.cds-hooks.org", False),  # noqa: S104
    ],
)
def test_pages_of_other_origins(
    library: Library, settings: dict[str, Any], origin: str, *, allowed: bool
) -> None:
    """Only listed origins may call; a preflight is answered without a token, for POST too."""
    client = _client(library, **settings)
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    preflight = client.options(ORDER_SIGN, headers=asked)
    answer = client.get("/cds-services", headers={"Origin": origin})

    expected = origin if allowed else None
    assert 200 == preflight.status_code
    assert expected == preflight.headers.get("Access-Control-Allow-Origin")
    assert expected == answer.headers.get("Access-Control-Allow-Origin")
    assert "Access-Control-Allow-Credentials" not in answer.headers
    if allowed:
        assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
        assert {"authorization", "content-type"} == set(
            preflight.headers["Access-Control-Allow-Headers"].lower().split(", ")
        )


def test_callers_that_are_no_pages_are_told_of_no_origins(library: Library) -> None:
    """Which pages may call is nothing to a system that names no origin."""
    answer = _client(library).get("/cds-services")

    assert (200, None) == (
        answer.status_code,
        answer.headers.get("Access-Control-Allow-Origin"),
    )


def test_errors_reach_pages_too(library: Library) -> None:
    """A page of a listed origin can read why its call was refused."""
    refused = _client(library).post(
        ORDER_SIGN, json={}, headers={"Origin": "https://sandbox.cds-hooks.org"}
    )

    assert 400 == refused.status_code
    assert "https://sandbox.cds-hooks.org" == refused.headers["Access-Control-Allow-Origin"]


def test_headers_of_answers(library: Library) -> None:
    """No answer is guessed at, framed or kept; pages run our own scripts and styles only."""
    client = _client(library, public_url="https://cds.example.org")
    data, page = client.post(ORDER_SIGN, json=order_sign()), client.get("/policies")

    for answer in (data, page, client.get("/nowhere"), client.post(ORDER_SIGN)):
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert "no-referrer" == answer.headers["Referrer-Policy"]
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "max-age=31536000" == answer.headers["Strict-Transport-Security"]
    assert "no-store" == data.headers["Cache-Control"]
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "*" not in policy


TEMPLATES = sorted((Path(__file__).parents[2] / "service" / "pages" / "templates").glob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda each: each.name)
def test_templates_keep_to_the_policy(template: Path) -> None:
    """No template has a script, style or handler in line: the policy would stop it silently."""
    text = template.read_text(encoding="utf-8").lower()

    for forbidden in ("<style", " style=", " onclick=", " onload=", "javascript:", "<script>"):
        assert forbidden not in text


def test_orders_that_take_too_long_are_refused(library: Library) -> None:
    """Where reading the orders takes longer than a request may, that is the answer."""
    client = _client(library, request_timeout_seconds=0.05)
    # Different ones, as what was read before is remembered.
    texts = (f"stem cell transplant {number} " * 50 for number in range(200))

    refused = client.post(ORDER_SIGN, json=order_sign(*map(_worded, texts)))

    assert 503 == refused.status_code
    assert "context.draftOrders" in refused.get_json()["issue"][0]["diagnostics"]


@pytest.mark.parametrize("said", ["stem cell transplant ", "no ", "autologous ", "without cells "])
def test_a_pasted_text_is_read_in_time(library: Library, said: str) -> None:
    """A name, note and detail of half a million characters cost no more than their beginnings."""
    text = said * (500_000 // len(said))
    pasted = {**_worded(text), "note": [{"text": text}], "orderDetail": [{"text": text}]}

    started = time.perf_counter()
    answer = _client(library).post(ORDER_SIGN, json=order_sign(pasted))

    assert answer.status_code in {200, 412}
    assert time.perf_counter() - started < 5


def _worded(text: str) -> dict[str, Any]:
    return {**order("o1"), "code": {"text": text}}
