"""The log tells what the service did, and nothing of patients, users and their orders."""

import errno
import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from cards.library import Library
from service.app import create_app
from service.logs import configure_logs, loggable_instance
from service.serve import warn
from service.settings import Settings
from tests.service.requests_sent import (
    CONDITION,
    COVERAGE,
    ORDER_SIGN,
    PATIENT,
    order,
    order_sign,
)
from tests.service.transport import FakeFhir

CANARY = "canary-4711"


def _lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_one_line_for_a_review(client: FlaskClient, fhir: FakeFhir, log: io.StringIO) -> None:
    """A review is one line, with counts and policies."""
    fhir.resources = [PATIENT, CONDITION, COVERAGE]

    client.post(ORDER_SIGN, json=order_sign(order("o1"), order("o2", patient="berta")))

    (line,) = _lines(log)
    assert "review" == line["event"]
    assert "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea" == line["hook_instance"]
    assert "transplant-policy-order-sign" == line["service"]
    assert (2, 1, 1) == (line["orders"], line["governed_orders"], line["other_patient_orders"])
    assert {"needs-information": 1} == line["determinations"]
    assert (1, None) == (line["cards"], line["why_no_card"])
    assert line["policies"][0].startswith("capital-blue-cross/mp-9.053@")
    assert line["milliseconds"] > 0


def test_a_refused_call_says_what_is_known_of_it(
    client: FlaskClient, fhir: FakeFhir, log: io.StringIO
) -> None:
    """A 412 tells call, orders, policies and what was asked; a request of no shape, the rules."""
    fhir.otherwise = (500, b"")

    client.post(ORDER_SIGN, json=order_sign(order("o1"), order("o2", "85025")))
    client.post(ORDER_SIGN, json=order_sign(hookInstance="") | {"prefetch": 7})
    client.post(ORDER_SIGN, json=order_sign(order("o1"), hookInstance="anna", prefetch=7))

    record, shapeless, prefetch = _lines(log)
    assert (412, "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea") == (
        record["status"],
        record["hook_instance"],
    )
    assert (2, 1) == (record["orders"], record["governed_orders"])
    assert ["the FHIR server answered 500"] == record["unread"]
    assert record["policies"][0].startswith("capital-blue-cross/mp-9.053@")
    assert record["asked"] > 0
    assert "hook_instance" not in shapeless
    assert (400, "not-a-uuid", 1) == (
        prefetch["status"],
        prefetch["hook_instance"],
        prefetch["orders"],
    )
    assert 1 == len({line["rule_set"] for line in (record, shapeless, prefetch)})


def test_discovery_leaves_a_line(client: FlaskClient, log: io.StringIO) -> None:
    """That an EHR looked at what there is can be seen, with the rules that it will meet."""
    client.get("/cds-services")

    (line,) = _lines(log)
    assert "discovery" == line["event"]
    assert line["rule_set"]


def test_that_no_version_is_in_force_is_told(library: Library, log: io.StringIO) -> None:
    """Before a policy's first version there is no finding, and the log names the policy."""
    settings = Settings.model_validate({"payer_matching": "strict", "as_of": "2020-01-01"})
    fhir = FakeFhir()
    early = create_app(settings, library=library, stories=(), session=fhir.session()).test_client()
    log.truncate(0)
    log.seek(0)

    early.post(ORDER_SIGN, json=order_sign(order("o1")))

    (line,) = _lines(log)
    assert "no-policy-in-force" == line["why_no_card"]
    assert ["capital-blue-cross/mp-9.053", "hcsc/sur703.043"] == line["policies_not_in_force"]


def test_why_there_is_no_card(client: FlaskClient, log: io.StringIO) -> None:
    """An answer without cards says why."""
    client.post(ORDER_SIGN, json=order_sign(order("o1", patient="berta")))
    client.post(ORDER_SIGN, json=order_sign(order("o1", "85025")))

    assert ["order-of-another-patient", "no-such-order"] == [
        line["why_no_card"] for line in _lines(log)
    ]


def test_missing_draft_orders_are_told_apart(client: FlaskClient, log: io.StringIO) -> None:
    """An EHR that leaves the orders out is set up wrongly: a line of its own, with a count."""
    for leave_out in (True, False):
        request = order_sign()
        if leave_out:
            del request["context"]["draftOrders"]
        else:
            request["context"]["draftOrders"] = None
        assert 400 == client.post(ORDER_SIGN, json=request).status_code
    client.post(ORDER_SIGN, json=order_sign(hookInstance=""))

    told = [line for line in _lines(log) if line["event"] == "misconfigured-ehr"]
    assert [("error", "draft-orders-missing")] * 2 == [(t["level"], t["what"]) for t in told]
    assert 1 == told[1]["times"] - told[0]["times"]


def test_unmapped_orders_are_logged_by_code(client: FlaskClient, log: io.StringIO) -> None:
    """An order that reads like a transplant and maps to nothing is logged without its text."""
    odd = order("o1", "TX-99")
    odd["code"] = {
        "coding": [{"system": "urn:oid:1.2.840.114350.1", "code": "TX-99"}],
        "text": f"Awaiting a transplant of hematopoietic cells {CANARY}",
    }

    client.post(ORDER_SIGN, json=order_sign(odd))

    assert ["urn:oid:1.2.840.114350.1|TX-99"] == _lines(log)[0]["unmapped_orders"]
    assert CANARY not in log.getvalue()


def test_no_canary_in_the_log(client: FlaskClient, fhir: FakeFhir, log: io.StringIO) -> None:
    """Whatever stands in request and record, good, refused and failed, none of it is logged."""
    patient = f"{CANARY}-patient"
    reference = {"reference": f"Patient/{patient}", "display": CANARY}
    fhir.resources = [
        {**PATIENT, "id": patient, "name": [{"text": CANARY}]},
        {**CONDITION, "id": CANARY, "subject": reference},
        {**COVERAGE, "beneficiary": reference, "subscriberId": CANARY},
    ]
    full = order_sign(
        {**order(f"{CANARY}-order", patient=patient), "note": [{"text": CANARY}]},
        hookInstance=CANARY,
        fhirAuthorization={"access_token": CANARY, "token_type": "Bearer", "subject": CANARY},
        prefetch={CANARY: {"resourceType": CANARY}, "observations": CANARY},
        extension={CANARY: CANARY},
    )
    full["context"] |= {"patientId": patient, "userId": f"Practitioner/{CANARY}"}
    headers = {"X-Request-Id": CANARY, "User-Agent": CANARY}

    answered = client.post(ORDER_SIGN, json=full, headers=headers)
    fhir.otherwise = (500, CANARY.encode())
    client.post(ORDER_SIGN, json=full, headers=headers)
    client.post(ORDER_SIGN, json={**full, "hook": CANARY}, headers=headers)
    client.post(ORDER_SIGN, json={**full, "fhirServer": f"ftp://{CANARY}"}, headers=headers)
    client.post(f"/cds-services/{CANARY}", json=full, headers=headers)
    client.post(ORDER_SIGN, data=CANARY, content_type="application/json", headers=headers)
    fhir.otherwise = KeyError(CANARY)
    failed = client.post(ORDER_SIGN, json=full, headers=headers)

    assert (200, 412) == (answered.status_code, failed.status_code)
    events = [line["event"] for line in _lines(log)]
    assert ["review", *["refused"] * 5, *["fault"] * 10, "refused"] == events
    assert CANARY not in log.getvalue()


@pytest.mark.parametrize(
    ("sent", "logged"),
    [
        ("d1577c69-dfbe-44ad-ba6d-3e05e953b2ea", "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"),
        ("Anna Karenina, 1980-05-01", "not-a-uuid"),
    ],
)
def test_hook_instance_is_logged_as_uuid_only(sent: str, logged: str) -> None:
    """A hook instance that is no UUID may say anything, and is not logged."""
    assert logged == loggable_instance(sent)


def test_warnings_at_start(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    """A date by setting and a misspelt variable are told loudly."""
    monkeypatch.setenv("TRANSPLANT_CDS_AS_OFF", "2026-10-01")

    warn(Settings.model_validate({"as_of": "2026-10-01"}))

    events = [(line["level"], line["event"]) for line in _lines(log)]
    assert ("warning", "REVIEWS ARE DATED BY A SETTING") in events
    assert ("warning", "unknown-setting") in events


@pytest.mark.usefixtures("log")
def test_a_log_that_cannot_be_written_costs_no_card(
    client: FlaskClient, fhir: FakeFhir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full, or a pipe that nobody reads, loses a line and answers the call."""
    fhir.resources = [PATIENT, CONDITION, COVERAGE]
    full = _Full()
    monkeypatch.setattr("sys.stderr", full)
    configure_logs("debug")

    answered = client.post(ORDER_SIGN, json=order_sign(order("o1")))

    assert (200, 1) == (answered.status_code, len(answered.get_json()["cards"]))
    assert full.tried, "there was something to write"


class _Full(io.StringIO):
    """A file on a full disk."""

    def __init__(self) -> None:
        super().__init__()
        self.tried = False

    def write(self, text: str) -> int:
        self.tried = True
        raise OSError(errno.ENOSPC, "No space left on device", text[:0])
