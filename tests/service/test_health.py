"""Probes, canary and metrics: the service notices when it is wrong or silent."""

from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from cards.library import Library
from service.app import create_app
from service.command.cli import main
from service.operations.canary import sing
from service.operations.metrics import Metrics
from service.settings import Settings
from tests.service.requests_sent import CONDITION, ORDER_SIGN, PATIENT, order, order_sign
from tests.service.transport import FakeFhir

CAPITAL = "capital-blue-cross/mp-9.053"


def test_every_policy_has_a_canary(library: Library) -> None:
    """For each policy there is a story with a card, and its answer is the known one."""
    songs = sing(library)

    assert [policy.id for policy in library.policies] == [each.policy for each in songs]
    assert [] == [each for each in songs if each.status != "right"]


def test_a_canary_hears_a_changed_policy(library: Library) -> None:
    """A policy whose criteria have changed is told, and the service is not ready."""
    first, *others = library.policies
    version = first.versions[-1]
    changed = version.model_copy(update={"criteria": version.criteria[1:]})
    policy = first.model_copy(update={"versions": (*first.versions[:-1], changed)})
    wrong = replace(library, policies=(policy, *others))

    answer = create_app(Settings(), library=wrong, stories=()).test_client().get("/health/ready")

    assert [first.id] == [each.policy for each in sing(wrong) if each.status == "wrong"]
    assert (503, "wrong") == (answer.status_code, answer.get_json()["canary"][first.id]["status"])


def test_a_policy_without_a_story_is_untold(library: Library) -> None:
    """Nothing was asked of it, so it is neither right nor wrong, and the service is ready."""
    own = library.by_id[CAPITAL].model_copy(
        update={"id": "own/policy", "therapies": ("another-therapy",)}
    )
    there = replace(library, policies=(*library.policies, own))
    client = create_app(Settings(), library=there, stories=()).test_client()

    told = client.get("/health/ready").get_json()

    assert ("ready", "untold") == (told["status"], told["canary"]["own/policy"]["status"])
    series = [each for each in client.get("/metrics").text.splitlines() if "canary_right{" in each]
    assert len(library.policies) == len(series)
    assert not any("own/policy" in each for each in series)


def test_the_command_canary(capsys: pytest.CaptureFixture[str]) -> None:
    """The command names each policy with its story."""
    assert 0 == main(["canary"])
    assert f"right  {CAPITAL} (" in capsys.readouterr().out


def test_ready(client: FlaskClient) -> None:
    """A ready service tells its policies, canaries and database."""
    answer = client.get("/health/ready")

    told = answer.get_json()
    assert (200, "ready", "up") == (answer.status_code, told["status"], told["database"]["status"])
    assert {"right"} == {each["status"] for each in told["canary"].values()}


def test_what_is_counted(client: FlaskClient, fhir: FakeFhir) -> None:
    """A call is counted by its outcome, and what the record lacks by the fact."""
    cover = {"payor": [{"display": "Some Other Mutual"}], "resourceType": "Coverage", "id": "c"}
    fhir.resources = [
        PATIENT,
        CONDITION,
        {**cover, "status": "active", "beneficiary": {"reference": "Patient/anna"}},
    ]
    fhir.answers["Procedure"] = (403, b"{}")
    odd = order("o2", "TX-99")
    odd["code"] = {"text": "autologous something transplant", "coding": odd["code"]["coding"]}
    settings = Settings(fhir_timeout_seconds=2, fhir_servers="https://ehr.example/fhir")
    client = create_app(settings, stories=(), session=fhir.session()).test_client()

    assert 200 == client.post(ORDER_SIGN, json=order_sign(order("o1"), odd)).status_code
    assert 400 == client.post(ORDER_SIGN, json={}).status_code
    assert 404 == client.post("/cds-services/x' OR 1", json={}).status_code

    lines = client.get("/metrics").text.splitlines()
    sign = 'service="transplant-policy-order-sign"'
    for line in (
        f'transplant_cds_calls_total{{{sign},status="200"}} 1.0',
        f'transplant_cds_calls_total{{{sign},status="400"}} 1.0',
        'transplant_cds_calls_total{service="other",status="404"} 1.0',
        f"transplant_cds_call_seconds_count{{{sign}}} 2.0",
        'transplant_cds_payers_total{match="unmatched"} 1.0',
        'transplant_cds_unavailable_searches_total{resource_type="Procedure"} 1.0',
        (
            'transplant_cds_criteria_not_documented_total{fact="modified-rodnan-skin-score",'
            f'policy="{CAPITAL}"}} 1.0'
        ),
        f'transplant_cds_cards_total{{indicator="info",mode="live",policy="{CAPITAL}"}} 1.0',
    ):
        assert line in lines


def test_resource_types_are_bounded(library: Library) -> None:
    """A type that FHIR does not know, or that we do not read, makes no series of its own."""
    metrics = Metrics(library)

    assert ["Observation", "other"] == [metrics.type_label(x) for x in ("Observation", "Anna-4711")]
