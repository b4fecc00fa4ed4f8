"""Feedback over HTTP: what an EHR may send, what is kept of it, and what is never said of it."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from cards.library import Library
from service.app import KEEPING, create_app
from service.errors import BadRequest
from service.feedback import read_feedback
from service.ledger.counting import Reception
from service.ledger.records import FeedbackItem
from service.settings import Settings
from tests.service.requests_sent import CONDITION, COVERAGE, ORDER_SIGN, PATIENT, order_sign
from tests.service.transport import FakeFhir

FEEDBACK = f"{ORDER_SIGN}/feedback"
NOON = "2025-11-21T12:00:00Z"
MOMENT = datetime(2025, 11, 21, 12, tzinfo=UTC)
SECRET = "Canary-4711 asked for it"  # noqa: S105  what a comment must never leave behind
CONTRA = {"code": "contraindicated", "system": "https://ehr.example/reasons"}


def item(card: str = "card-1", outcome: str = "overridden", **more: Any) -> dict[str, Any]:
    """Return one item as HL7 writes it."""
    return {"card": card, "outcome": outcome, "outcomeTimestamp": NOON, **more}


def body(*items: Any) -> bytes:
    """Return a request's body."""
    return json.dumps({"feedback": list(items)}).encode()


def made(address: str, library: Library, fhir: FakeFhir) -> Flask:
    """Return an application that keeps what it keeps at *address*."""
    settings = Settings(
        database_url=SecretStr(address),
        fhir_timeout_seconds=2,
        fhir_servers="https://ehr.example/fhir",
    )
    return create_app(settings, library=library, stories=(), session=fhir.session())


@pytest.fixture
def app(library: Library, fhir: FakeFhir, tmp_path: Path) -> Iterator[Flask]:
    """An application with a database of its own."""
    fhir.resources = [PATIENT, CONDITION, COVERAGE]
    application = made(f"sqlite:///{tmp_path / 'kept.sqlite3'}", library, fhir)
    yield application
    application.extensions[KEEPING].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of it."""
    return app.test_client()


@pytest.fixture
def broken(library: Library, fhir: FakeFhir, tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of an application whose database cannot be had: a file is in its folder's place."""
    fhir.resources = [PATIENT, CONDITION, COVERAGE]
    (tmp_path / "file").touch()
    application = made(f"sqlite:///{tmp_path}/file/kept.sqlite3", library, fhir)
    yield application.test_client()
    application.extensions[KEEPING].close()


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (
            item(outcome="accepted", acceptedSuggestions=[{"id": "s1"}, {"id": "s2"}]),
            FeedbackItem("card-1", "accepted", MOMENT, suggestions=("s1", "s2")),
        ),
        (
            item(overrideReason={"reason": CONTRA, "userComment": "no"}),
            FeedbackItem("card-1", "overridden", MOMENT, CONTRA["system"], CONTRA["code"], "no"),
        ),
        (
            item(overrideReasons={"reason": CONTRA, "userComment": "no"}),
            FeedbackItem("card-1", "overridden", MOMENT, CONTRA["system"], CONTRA["code"], "no"),
        ),
        (
            item(overrideReasons=[{"extension": [{"url": "x", "valueCoding": CONTRA}]}]),
            FeedbackItem("card-1", "overridden", MOMENT, CONTRA["system"], CONTRA["code"]),
        ),
        (
            item(overrideReason={"reason": {"display": "in words"}}),
            FeedbackItem("card-1", "overridden", MOMENT, comment="in words"),
        ),
        (
            item(overrideReasons=None, acceptedSuggestions=None, unheardOf=[1]),
            FeedbackItem("card-1", "overridden", MOMENT),
        ),
        (
            item(card="urn:uuid:A38E87F8-A90E-59E2-9D7D-5119537C9D2B"),
            FeedbackItem("a38e87f8-a90e-59e2-9d7d-5119537c9d2b", "overridden", MOMENT),
        ),
        (item(card="Epic.123^7"), FeedbackItem("Epic.123^7", "overridden", MOMENT)),
        (item(card="a\x00b"), FeedbackItem("a\ufffdb", "overridden", MOMENT)),
        (
            item(outcomeTimestamp="2025-11-21T17:45:00.1234567+05:45"),
            FeedbackItem("card-1", "overridden", MOMENT.replace(microsecond=123456)),
        ),
        (
            item(outcomeTimestamp="2025-11-21T12:00:00"),
            FeedbackItem("card-1", "overridden", MOMENT),
        ),
    ],
)
def test_shapes(sent: dict[str, Any], expected: FeedbackItem) -> None:
    """HL7's shape, Epic's, and what lies between them are read alike."""
    assert (expected,) == read_feedback(body(sent)).items


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"outcome": "accepted", "outcomeTimestamp": NOON}, "feedback[1].card"),
        (item(card=""), "feedback[1].card"),
        (item(card="x" * 201), "feedback[1].card"),
        ({**item(), "card": 7}, "feedback[1].card"),
        (item(outcome="ignored"), "feedback[1].outcome"),
        (item(outcomeTimestamp="yesterday"), "feedback[1].outcomeTimestamp"),
        (item(outcomeTimestamp="2025-02-30T12:00:00Z"), "feedback[1].outcomeTimestamp"),
        (item(outcomeTimestamp="0001-01-01T00:00:00+14:00"), "feedback[1].outcomeTimestamp"),
        (item(overrideReason={"userComment": 5}), "feedback[1].overrideReason.userComment"),
        (item(acceptedSuggestions=[{}]), "feedback[1].id"),
        ("card-1", "feedback[1]"),
    ],
)
def test_an_item_at_fault_costs_no_other(sent: Any, field: str) -> None:
    """The field at fault is named; the items before and after it are read."""
    delivery = read_feedback(body(item("before"), sent, item("after")))

    assert ["before", "after"] == [each.card for each in delivery.items]
    assert [field] == [each.field for each in delivery.faults]


@pytest.mark.parametrize(
    "sent",
    [b"", b"[]", b"{}", b'{"feedback": {}}', b'{"feedback": []}', b'{"feedback": [', b"\xff"],
)
def test_no_list_of_items(sent: bytes) -> None:
    """A body without items is refused as a whole."""
    with pytest.raises(BadRequest):
        read_feedback(sent)


def test_from_card_to_report(app: Flask, client: FlaskClient) -> None:
    """A card that is shown and overridden is so in the report, by policy and reason."""
    (card,) = client.post(ORDER_SIGN, json=order_sign()).json["cards"]  # type: ignore[index]
    keeping = app.extensions[KEEPING]
    assert keeping.flush()
    sent = {"feedback": [item(card["uuid"], overrideReason={"reason": CONTRA})]}

    answers = [client.post(FEEDBACK, json=sent) for _ in range(2)]

    assert [(200, {"received": 1})] * 2 == [(each.status_code, each.json) for each in answers]
    report = keeping.store().report()
    expected = Reception("capital-blue-cross/mp-9.053", 1, 0, 1, {"contraindicated": 1})
    assert (expected,) == report.policies
    page = client.get("/feedback")
    assert (200, True) == (page.status_code, "contraindicated: 1" in page.text)


def test_the_sound_items_of_a_delivery_are_kept(app: Flask, client: FlaskClient) -> None:
    """The answer names the fault; what was sound is kept, and counts once when it comes again."""
    answer = client.post(FEEDBACK, data=body(item("a"), item("b", "perhaps")), content_type=JSON)
    again = client.post(FEEDBACK, data=body(item("a"), item("b")), content_type=JSON)

    assert (400, 200) == (answer.status_code, again.status_code)
    assert "feedback[1].outcome" in answer.text
    assert 2 == app.extensions[KEEPING].store().report().unknown_overridden


JSON = "application/json"


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/cds-services/nobody/feedback", JSON, 404),
        (FEEDBACK, "text/plain", 415),
        (FEEDBACK, JSON, 200),
    ],
)
def test_refusals(client: FlaskClient, path: str, kind: str, status: int) -> None:
    """An unknown service and another type than JSON are refused as at the hook."""
    assert status == client.post(path, data=body(item()), content_type=kind).status_code


def test_a_database_that_is_down_harms_no_card(broken: FlaskClient) -> None:
    """Cards are sent as ever; feedback is answered 503; readiness, not liveness, tells it."""
    card = broken.post(ORDER_SIGN, json=order_sign())
    feedback = broken.post(FEEDBACK, json={"feedback": [item()]})
    ready = broken.get("/health/ready")

    assert (200, 1) == (card.status_code, len(card.json["cards"]))  # type: ignore[index]
    assert (503, "30") == (feedback.status_code, feedback.headers["Retry-After"])
    assert "Send all of it again later" in feedback.text
    assert 503 == ready.status_code
    assert "down" == ready.json["database"]["status"]  # type: ignore[index]
    assert 200 == broken.get("/health/ready?without=database").status_code
    assert 200 == broken.get("/health/live").status_code
    assert 503 == broken.get("/feedback").status_code
    assert "transplant_cds_feedback_unavailable_total 1.0" in broken.get("/metrics").text


@pytest.mark.parametrize("place", ["client", "broken"])
def test_a_comment_is_said_nowhere(
    place: str, request: pytest.FixtureRequest, log: io.StringIO
) -> None:
    """No log line, answer, metric or page holds what a clinician wrote, kept or not."""
    client: FlaskClient = request.getfixturevalue(place)
    reason = {"reason": {"code": SECRET, "system": SECRET}, "userComment": SECRET}
    sent = [item(SECRET, overrideReason=reason), item(outcome=SECRET)]

    answer = client.post(FEEDBACK, json={"feedback": sent})

    said = (log.getvalue(), answer.text, client.get("/metrics").text, client.get("/feedback").text)
    assert [False] * 4 == ["Canary-4711" in each for each in said]


def test_what_fails_in_counting_harms_no_card(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, log: io.StringIO
) -> None:
    """A counter that fails is logged, and the card goes out."""

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("no space for counters")

    for place in ("Metrics.answered", "Metrics.reviewed"):
        monkeypatch.setattr(f"service.operations.metrics.{place}", fail)
    monkeypatch.setattr("service.keeping.Keeping.keep_review", fail)

    answer = client.post(ORDER_SIGN, json=order_sign())

    assert (200, 1) == (answer.status_code, len(answer.get_json()["cards"]))
    assert 3 == log.getvalue().count('"event":"fault"')
