"""A reference to another server: what bears the same id on the request's own is something else."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.service.requests_sent import CONDITION, COVERAGE, ORDER_SIGN, PATIENT, order, order_sign
from tests.service.transport import BASE, FakeFhir

OTHER = "https://other.example/fhir"
PAYER = {"resourceType": "Organization", "id": "1", "name": "Capital Blue Cross"}
DEVICE = {"resourceType": "Device", "id": "1", "deviceName": [{"name": "Osteocel Plus"}]}
OWN = [f"{BASE}/", BASE.upper().replace("HTTPS", "https") + "/", ""]
"""Bases of references to the server itself."""


def _criteria(client: FlaskClient, request: dict[str, Any]) -> dict[str, str]:
    """Return the verdicts on the first finding by criterion."""
    answer = client.post(ORDER_SIGN, json=request)
    assert 200 == answer.status_code
    (card,) = answer.get_json()["cards"]
    (finding,) = card["extension"]["transplant-cds.findings"]
    return {each["id"]: each["verdict"] for each in finding["criteria"]}


@pytest.mark.parametrize(
    ("base", "verdict", "reads"),
    [*((base, "met", 1) for base in OWN), (f"{OTHER}/", "unavailable", 0)],
)
def test_the_payor(
    client: FlaskClient, fhir: FakeFhir, base: str, verdict: str, reads: int
) -> None:
    """The payor is read from the server itself; one elsewhere could not be read."""
    cover = {**COVERAGE, "payor": [{"reference": f"{base}Organization/1"}]}
    fhir.resources = [PATIENT, CONDITION, cover, PAYER]

    assert verdict == _criteria(client, order_sign())["coverage"]
    assert reads == fhir.paths.count("Organization/1")


@pytest.mark.parametrize(
    ("base", "verdict"), [*((base, "met") for base in OWN), (f"{OTHER}/", "unavailable")]
)
def test_the_reason(client: FlaskClient, fhir: FakeFhir, base: str, verdict: str) -> None:
    """A reason elsewhere does not turn into the Condition that has its id here."""
    draft = order("draft-1") | {"reasonReference": [{"reference": f"{base}Condition/ssc"}]}
    del draft["reasonCode"]
    fhir.resources = [PATIENT, CONDITION, COVERAGE]

    assert verdict == _criteria(client, order_sign(draft))["indication"]


@pytest.mark.parametrize(("base", "reads"), [*((base, 1) for base in OWN), (f"{OTHER}/", 0)])
def test_the_device(client: FlaskClient, fhir: FakeFhir, base: str, reads: int) -> None:
    """A device elsewhere is not ordered by the name of the one that has its id here."""
    fhir.resources = [PATIENT, {**COVERAGE, "payor": [{"display": "BCBSMA"}]}, DEVICE]

    answer = client.post(ORDER_SIGN, json=order_sign(_for_device(f"{base}Device/1")))

    assert (200, reads) == (answer.status_code, len(answer.get_json()["cards"]))
    assert reads == fhir.paths.count("Device/1")


@pytest.mark.parametrize(("base", "reads"), [*((base, 1) for base in OWN), (f"{OTHER}/", 0)])
def test_the_encounter(client: FlaskClient, fhir: FakeFhir, base: str, reads: int) -> None:
    """An encounter elsewhere is not asked for here."""
    draft = _for_device("Device/1") | {"encounter": {"reference": f"{base}Encounter/1"}}
    fhir.resources = [PATIENT, {**COVERAGE, "payor": [{"display": "BCBSMA"}]}, DEVICE]

    client.post(ORDER_SIGN, json=order_sign(draft))

    assert reads == fhir.paths.count("Encounter/1")


def _for_device(reference: str) -> dict[str, Any]:
    draft = order("draft-1") | {
        "resourceType": "DeviceRequest",
        "codeReference": {"reference": reference},
    }
    return {name: draft[name] for name in draft if name not in ("code", "reasonCode")}


def test_the_patient_goes_by_the_id(client: FlaskClient, fhir: FakeFhir) -> None:
    """Whose a resource is stays lenient: gateways give their own address, and it was asked for."""
    subject = {"reference": f"{OTHER}/Patient/anna"}
    fhir.resources = [PATIENT, {**CONDITION, "subject": subject}, COVERAGE]

    assert (
        "met"
        == _criteria(client, order_sign({**order("draft-1"), "subject": subject}))["indication"]
    )


def test_without_a_server_the_prefetch_answers(client: FlaskClient) -> None:
    """Where a request names no server, an absolute reference is found by type and id."""
    cover = {**COVERAGE, "payor": [{"reference": f"{OTHER}/Organization/1"}]}
    request = order_sign(prefetch={"coverages": cover, "payer": PAYER, "conditions": CONDITION})
    del request["fhirServer"]

    assert "met" == _criteria(client, request)["coverage"]
