"""What a card offers to do, and the reasons for going on against it."""

import uuid
from typing import Any

import pytest
from fhir.resources.R4B.servicerequest import ServiceRequest

from cards.finding import Finding, finding_json
from cards.rendering.overrides import OVERRIDE_REASONS
from cards.rendering.render import render_cards
from cards.values.coding import CPT, LOINC
from tests.cards.building import (
    ALLOGENEIC,
    AUTOLOGOUS,
    LVEF,
    MULTIPLE_SCLEROSIS,
    PATIENT,
    PROCESSING,
    SYSTEMIC_SCLEROSIS,
    Json,
    coverage,
    finding,
    findings,
    library,
    observation,
    record,
    request,
)

INSTANCE = "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea"
SSC = SYSTEMIC_SCLEROSIS
LOW_LVEF = [observation("lvef", LVEF, (30, "%"))]
NOTHING = [coverage("c", "Capital Blue Cross")]


def card(*found: Finding) -> Json:
    """Return the one card."""
    (only,) = render_cards(found, hook_instance=INSTANCE, patient_id=PATIENT, base_url="http://x")
    return only


def actions(content: Json) -> list[Json]:
    """Return the actions of all suggestions, of which each has one."""
    listed = [suggestion["actions"] for suggestion in content.get("suggestions", [])]
    assert all(1 == len(each) for each in listed)
    return [action for (action,) in listed]


def ordered(content: Json) -> dict[str, list[str]]:
    """Return the tests that are offered, with the codes of what each documents."""
    drafts = [each["resource"] for each in actions(content) if each["type"] == "create"]
    return {
        draft["code"]["text"]: [
            coding["code"]
            for concept in draft.get("orderDetail", [draft["code"]])
            for coding in concept["coding"]
        ]
        for draft in drafts
    }


EVERY_TEST = {
    "12-lead electrocardiogram": ["34534-8"],
    "Pulmonary function test": ["98130-8", "19872-1"],
    "Transthoracic echocardiogram": ["8806-2", "77903-3", "82341-9"],
    "Creatinine clearance from 24-hour urine and blood": ["2164-2"],
}


def test_one_suggestion_per_light_test() -> None:
    """Whatever is missing, a test is offered once, for all that it documents; none that burdens."""
    assert EVERY_TEST == ordered(card(finding(NOTHING)))


@pytest.mark.parametrize(
    ("missing", "test"),
    [
        ("lvef", "Transthoracic echocardiogram"),
        ("tapse", "Transthoracic echocardiogram"),
        ("pasp", "Transthoracic echocardiogram"),
        ("fvc", "Pulmonary function test"),
        ("clearance", "Creatinine clearance from 24-hour urine and blood"),
        ("mpap", None),
        ("gave", None),
        ("skin_score", None),
        ("cyclophosphamide", None),
    ],
)
def test_what_is_missing_is_what_is_offered(missing: str, test: str | None) -> None:
    """A catheter, an endoscopy, an examination or a history is asked for and never ordered."""
    content = card(finding(record(**{missing: []})))

    assert ([test] if test else []) == list(ordered(content))


def test_a_draft_is_sound_fhir() -> None:
    """Each draft passes the model, names this patient, and has a code with its display."""
    content = card(finding(NOTHING))
    drafts = [action["resource"] for action in actions(content)]

    assert len(EVERY_TEST) == len(drafts)
    for draft in drafts:
        ServiceRequest.model_validate(draft)
        assert ("draft", "order") == (draft["status"], draft["intent"])
        assert f"Patient/{PATIENT}" == draft["subject"]["reference"]
        assert all(coding["display"] for coding in draft["code"]["coding"])
        assert "id" not in draft


def test_descriptions_speak_for_themselves() -> None:
    """Label and description say what is done, to what, and for whose policy."""
    content = card(finding(record(tapse=[])))
    ((suggestion,), (action,)) = content["suggestions"], actions(content)
    fact = "Tricuspid annular plane systolic excursion"

    assert f"Order transthoracic echocardiogram: {fact}" == suggestion["label"]
    assert (
        "Creates a draft order: transthoracic echocardiogram. It would document what Capital Blue "
        f"Cross MP 9.053 asks for: {fact}"
    ) == action["description"]


@pytest.mark.parametrize(
    ("facts", "draft", "offered"),
    [
        (record(lvef=LOW_LVEF), request(AUTOLOGOUS, SSC), True),
        (record(coverage=[], lvef=LOW_LVEF), request(AUTOLOGOUS, SSC), True),
        (record(coverage=[coverage("c", "Aetna")], lvef=LOW_LVEF), request(AUTOLOGOUS, SSC), False),
        (record(lvef=LOW_LVEF), request("Referral for autologous HSCT", SSC), False),
        (
            record(lvef=LOW_LVEF),
            request(AUTOLOGOUS, SSC, note=[{"text": "On NCT04464434"}]),
            False,
        ),
        (record(lvef=LOW_LVEF), request(AUTOLOGOUS, SSC, id=None), False),
    ],
    ids=["member", "no payer known", "another payer", "referral", "trial", "no id"],
)
def test_removal_is_offered_where_the_card_warns(facts: Any, draft: Json, *, offered: bool) -> None:
    """An order that the member's policy speaks against may be removed, if it can be named."""
    content = card(finding(facts, draft))
    removed = [(each["type"], each["resourceId"]) for each in actions(content)]

    assert ([("delete", f"ServiceRequest/{draft.get('id')}")] if offered else []) == removed


@pytest.mark.parametrize(
    "identity",
    ["", ".", "..", "../../Patient/1", "Patient/1", "a b", "x](javascript:1)", "1?x", "é"],
)
def test_what_can_be_no_id_names_nothing(identity: str) -> None:
    """Such an order is not removed, which might remove something else, and is called unnamed."""
    found = finding(record(lvef=LOW_LVEF), request(AUTOLOGOUS, SSC, id=identity))

    assert [] == actions(card(found))
    assert "ServiceRequest/?" == finding_json(found)["order"]


def test_a_long_id_names_its_order() -> None:
    """EHRs give drafts ids of up to some two hundred characters, with dots."""
    identity = "fA1-b.2_" * 24
    (action,) = actions(card(finding(record(lvef=LOW_LVEF), request(AUTOLOGOUS, SSC, id=identity))))

    assert f"ServiceRequest/{identity}" == action["resourceId"]


def test_every_order_has_a_removal_of_its_own() -> None:
    """Two orders on one card are two suggestions, and each description names its order."""
    both = findings(
        record(), request(ALLOGENEIC, SSC, id="one"), request(PROCESSING, SSC, id="two")
    )
    listed = actions(card(*both))

    assert ["ServiceRequest/one", "ServiceRequest/two"] == [each["resourceId"] for each in listed]
    assert all(each["resourceId"] in each["description"] for each in listed)


@pytest.mark.parametrize(
    ("wanted", "second"),
    [
        (("(0565T)", "(0566T)"), "0566T"),
        (("(ServiceRequest/one)", "(ServiceRequest/two)"), "0565T"),
    ],
)
def test_removals_of_like_orders_differ(wanted: tuple[str, str], second: str) -> None:
    """Two orders of one name are told apart by their codes, or else by their references."""
    member = coverage("c", "BCBSMA")
    both = findings([member], request((CPT, "0565T"), id="one"), request((CPT, second), id="two"))
    labels = [each["label"] for each in card(*both)["suggestions"]]

    assert wanted == tuple(each.rsplit(" ", 1)[1] for each in labels)


def test_removal_is_never_recommended() -> None:
    """No suggestion is marked as recommended: the notice is no clinical advice."""
    for content in (card(finding(NOTHING)), card(finding(record(lvef=LOW_LVEF)))):
        assert content["suggestions"]
        assert not any("isRecommended" in each for each in content["suggestions"])


def test_selection_behavior_goes_with_suggestions() -> None:
    """It stands where suggestions do, and nowhere else."""
    with_some, without = card(finding(record(tapse=[]))), card(finding(record(gave=[])))

    assert "any" == with_some["selectionBehavior"]
    assert {"suggestions", "selectionBehavior"}.isdisjoint(without)


def test_uuids_are_stable_and_differ() -> None:
    """The same call gives the same UUIDs; no two suggestions share one."""
    first, again = card(finding(NOTHING)), card(finding(NOTHING))
    listed = [each["uuid"] for each in first["suggestions"]]

    assert listed == [each["uuid"] for each in again["suggestions"]]
    assert len(EVERY_TEST) == len({*listed, first["uuid"]}) - 1
    assert all(each == str(uuid.UUID(each)) for each in listed)


def test_no_test_where_the_record_could_not_be_read() -> None:
    """The result may well be there: nothing is ordered."""
    assert {} == ordered(card(finding(NOTHING, unavailable={"Observation": "refused"})))


def test_a_test_that_is_being_ordered_is_not_offered() -> None:
    """Once accepted, the draft is among the orders of the next signing."""
    (accepted,) = actions(card(finding(record(tapse=[]))))
    beside = {**accepted["resource"], "id": "echo"}
    content = card(*findings(record(tapse=[]), request(AUTOLOGOUS, SSC), beside))

    assert {} == ordered(content)


@pytest.mark.parametrize("order", [(ALLOGENEIC, SSC), (AUTOLOGOUS, SSC)], ids=["banned", "open"])
def test_evidence_on_scleroderma(order: Any) -> None:
    """A card on systemic sclerosis leads to the evidence; one on another disease does not."""
    page = "http://x/evidence/scleroderma-hsct"
    scleroderma = card(finding(record(gave=[]), request(*order)))
    other = card(finding(record(), request(order[0], MULTIPLE_SCLEROSIS)))

    assert page in [link["url"] for link in scleroderma["links"]]
    assert page not in [link["url"] for link in other["links"]]


def test_override_reasons() -> None:
    """At most six, each with its own stable code and a display, on every card."""
    codes = [
        "authorization-obtained",
        "in-clinical-trial",
        "appeal-in-progress",
        "benefit-differs",
        "clinically-indicated",
        "alert-incorrect",
    ]

    assert codes == [reason.code for reason in OVERRIDE_REASONS]
    for content in (card(finding(NOTHING)), card(finding(record(lvef=LOW_LVEF)))):
        assert codes == [each["code"] for each in content["overrideReasons"]]
        assert all(each["display"] and each["system"] for each in content["overrideReasons"])


@pytest.mark.parametrize(
    "code",
    [
        (LOINC, code)
        for test in library().clinical.light_tests.values()
        for code in (each.code for each in test.documents.values())
    ],
)
def test_an_ordered_test_is_no_order_of_ours(code: Any) -> None:
    """What we suggest is never taken for a transplant."""
    assert [] == findings(record(), request(code, SSC))
