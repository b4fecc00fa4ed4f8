"""Draft orders: which concern a policy, by code or by text, and what is left out on purpose."""

from typing import Any

import pytest

from cards.orders.drafts import OrderSelection, read_orders
from cards.orders.order import Order
from cards.values.coding import CPT, HCPCS, ICD_10_PCS, SNOMED_CT
from tests.cards.building import (
    ALLOGENEIC,
    AUTOLOGOUS,
    PATIENT,
    PROCESSING,
    SUBJECT,
    SYSTEMIC_SCLEROSIS,
    UNSTATED,
    Code,
    Json,
    library,
    named,
    request,
)


def select(*drafts: Any) -> OrderSelection:
    """Return what is selected of some draft orders."""
    return read_orders(library().clinical, drafts, PATIENT)


def only(*drafts: Json) -> Order:
    """Return the one order that concerns a policy."""
    (order,) = select(*drafts).orders
    return order


@pytest.mark.parametrize(
    ("what", "service", "graft"),
    [
        (AUTOLOGOUS, "autologous-transplant", "autologous"),
        (("urn:oid:2.16.840.1.113883.6.12", "38241"), "autologous-transplant", "autologous"),
        (ALLOGENEIC, "allogeneic-transplant", "allogeneic"),
        ((CPT, "38206"), "autologous-harvest", "autologous"),
        ((CPT, "38232"), "autologous-harvest", "autologous"),
        ((CPT, "38205"), "allogeneic-harvest", "allogeneic"),
        ((CPT, "38230"), "allogeneic-harvest", "allogeneic"),
        ((CPT, "38204"), "donor-search", "allogeneic"),
        ((HCPCS, "S2140"), "cord-blood-harvest", "allogeneic"),
        ((HCPCS, "S2142"), "cord-blood-transplant", "allogeneic"),
        ((HCPCS, "s2150"), "transplant-of-unstated-graft", None),
        *(((CPT, f"382{number:02}"), "graft-processing", None) for number in range(7, 16)),
        ((ICD_10_PCS, "30243G0"), "autologous-transplant", "autologous"),
        ((ICD_10_PCS, "30233Y3"), "allogeneic-transplant", "allogeneic"),
        ((SNOMED_CT, "58390007"), "allogeneic-transplant", "allogeneic"),
        ((SNOMED_CT, "709115004"), "autologous-transplant", "autologous"),
    ],
)
def test_orders_by_code(what: Code, service: str, graft: str | None) -> None:
    """A code says what is ordered, and the graft where it states one."""
    order = only(request(what))

    assert (service, False) == (order.service, order.matched_by_text)
    assert ({graft} if graft else set()) == order.grafts


@pytest.mark.parametrize(
    ("text", "graft"),
    [
        ("Autologous stem cell transplant", "autologous"),
        ("AUTOLOGOUS HSCT", "autologous"),
        ("Auto-SCT", "autologous"),
        ("ASCT", "autologous"),
        ("Autologus hematopoetic stem cell transplantation", "autologous"),
        ("High-dose therapy with autologous stem cell rescue", "autologous"),
        ("Allogeneic bone marrow transplant", "allogeneic"),
        ("Haploidentical HCT", "allogeneic"),
        ("MUD transplant of stem cells, HSCT", "allogeneic"),
        ("Umbilical cord blood transplantation", "allogeneic"),
        ("Hematopoietic cell transplantation", None),
        ("Bone marrow transplant", None),
    ],
)
def test_orders_by_text(text: str, graft: str | None) -> None:
    """Names, abbreviations and small misspellings are understood, and the order says so."""
    order = only(request(text))

    assert order.matched_by_text is True
    assert "transplant" == order.step
    assert ({graft} if graft else set()) == order.grafts


@pytest.mark.parametrize(
    "what",
    [
        "Kidney transplant",
        "Liver transplantation, autologous vein graft",
        "Fecal microbiota transplant",
        "HLA typing for stem cell transplant",
        "Bone marrow biopsy",
        "Post stem cell transplant vaccination",
        "No stem cell transplant",
        "History of autologous stem cell transplant",
        "Follow up after HSCT",
        "Complete blood count",
        "Corneal stem cell transplant",
        "Auto insurance form",
        (CPT, "38220"),
        (CPT, "38222"),
        (CPT, "81370"),
        (CPT, "36511"),
        (CPT, "38228"),
        (CPT, "99213"),
        ("http://example.org/local", "38241"),
        (SNOMED_CT, "38241"),
    ],
    ids=str,
)
def test_what_is_no_order_of_ours(what: Code | str) -> None:
    """Other organs, tests, work-up, past transplants and other systems' codes are not selected."""
    assert () == select(request(what)).orders


def test_a_code_of_work_up_is_not_overruled_by_its_text() -> None:
    """An order that is coded as something else is never taken for a transplant by its text."""
    coded = {
        "coding": [{"system": CPT, "code": "38221"}],
        "text": "Autologous stem cell transplant",
    }

    assert () == select(request(AUTOLOGOUS, code=coded)).orders


@pytest.mark.parametrize("status", ["completed", "revoked", "entered-in-error"])
def test_closed_orders(status: str) -> None:
    """An order that is over or void is not reviewed."""
    assert () == select(request(AUTOLOGOUS, status=status)).orders


@pytest.mark.parametrize("intent", ["proposal", "plan", "directive", "order", "option", None])
def test_any_intent_is_reviewed(intent: str | None) -> None:
    """The intent does not matter."""
    assert 1 == len(select(request(AUTOLOGOUS, intent=intent)).orders)


def test_orders_not_to_perform() -> None:
    """An order that forbids the transplant is no order for it."""
    assert () == select(request(AUTOLOGOUS, doNotPerform=True)).orders
    assert 1 == len(select(request(AUTOLOGOUS, doNotPerform=False)).orders)


def test_another_patients_order() -> None:
    """An order of another patient is counted and left out."""
    foreign = request(AUTOLOGOUS, subject={"reference": "Patient/other"})
    selection = select(foreign, request(AUTOLOGOUS, id="own"))

    assert 1 == selection.other_patient
    assert ["ServiceRequest/own"] == [each.reference for each in selection.orders]


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "ProcedureRequest", "id": "x", "code": named(AUTOLOGOUS)},
        {"resourceType": "DeviceRequest", "id": "x", "codeCodeableConcept": named(AUTOLOGOUS)},
        {"resourceType": "SupplyRequest", "id": "x", "itemCodeableConcept": named(AUTOLOGOUS)},
        {
            "resourceType": "MedicationRequest",
            "id": "x",
            "medicationCodeableConcept": named(AUTOLOGOUS),
        },
    ],
    ids=lambda each: each["resourceType"],
)
def test_other_types_of_orders(resource: Json) -> None:
    """Whatever type of resource orders it, and wherever that type keeps its code, it counts."""
    assert f"{resource['resourceType']}/x" == only(resource | {"subject": SUBJECT}).reference


@pytest.mark.parametrize(
    "draft", [None, 7, "order", [], {}, {"resourceType": "Observation", "code": named(AUTOLOGOUS)}]
)
def test_what_is_no_order_at_all(draft: Any) -> None:
    """Anything that is no order is passed over, and raises nothing."""
    assert OrderSelection() == select(draft)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("BMT-77", ("http://example.org/local", "BMT-77")),
        ("Jane Doe transplant", ("http://example.org/local", None)),
    ],
)
def test_unmapped_orders_are_counted_without_names(code: str, expected: tuple[str, str]) -> None:
    """A transplant that maps to nothing is listed; its code only where it is shaped like one."""
    local = {"coding": [{"system": "http://example.org/local", "code": code}]}
    unclear = request(AUTOLOGOUS, code=local | {"text": "Hair marrow transplant"})

    selection = select(unclear)

    assert () == selection.orders
    assert (expected,) == selection.unmapped


def test_other_unmapped_orders_are_not_counted() -> None:
    """What does not look like a transplant is nobody's business."""
    assert () == select(request("Complete blood count")).unmapped


def test_steps_of_one_transplant_share_what_they_say() -> None:
    """Processing takes graft and reason from the transplant that is signed with it."""
    transplant = request(AUTOLOGOUS, SYSTEMIC_SCLEROSIS, id="t")
    processing = request(PROCESSING, id="p")
    shared = select(processing, transplant).orders[0]

    assert {"autologous"} == shared.grafts
    assert (named(SYSTEMIC_SCLEROSIS),) == shared.reasons
    assert frozenset() == only(processing).grafts


def test_siblings_that_disagree_share_nothing() -> None:
    """Where two transplants of different grafts are signed, the processing stays open."""
    drafts = [request(PROCESSING, id="p"), request(AUTOLOGOUS, id="a"), request(ALLOGENEIC, id="b")]

    assert frozenset() == select(*drafts).orders[0].grafts


def test_a_transplant_takes_no_reason_from_another_order() -> None:
    """Only preparing steps share a reason: a transplant stands on its own."""
    reasoned = request((CPT, "38206"), SYSTEMIC_SCLEROSIS, id="h")

    assert () == select(request(AUTOLOGOUS, id="t"), reasoned).orders[0].reasons


@pytest.mark.parametrize(
    ("text", "referral"),
    [
        ("Referral for autologous stem cell transplant", True),
        ("Autologous HSCT evaluation", True),
        ("Autologous stem cell transplant", False),
    ],
)
def test_referrals(text: str, referral: bool) -> None:  # noqa: FBT001
    """A referral or evaluation is marked as one."""
    assert referral is only(request(text)).referral


@pytest.mark.parametrize(
    ("grafts", "title"),
    [
        (set(), "autologous/allogeneic stem cell transplant"),
        (set(), "stem cell transplant, either autologous or allogeneic"),
        ({"allogeneic"}, "non-autologous stem cell transplant"),
        (set(), "stem cell transplant (autologous not possible)"),
        ({"allogeneic"}, "Allo SCT for auto-immune disease"),
        ({"autologous"}, "Autologous HSCT per protocol 1234"),
        ({"autologous"}, "Stem cell rescue"),
        ({"allogeneic"}, "Bone marrow transplant w/ matched sibling donor"),
    ],
)
def test_a_title_states_the_graft(grafts: set[str], title: str) -> None:
    """The graft of a transplant by name is what its title states, and no more."""
    assert grafts == only({**request(UNSTATED), "code": {"text": title}}).grafts


def test_a_name_that_holds_both_grafts_states_neither() -> None:
    """The long name of S2150 speaks of both."""
    long = {
        "coding": [{"system": HCPCS, "code": "S2150"}],
        "text": "Bone marrow or stem cells, allogeneic or autologous, harvest and transplant",
    }

    assert frozenset() == only(request(UNSTATED, code=long)).grafts


def test_an_order_that_is_sent_twice_is_one() -> None:
    """The very same draft counts once; another of the same kind is another."""
    draft = request(UNSTATED)

    assert 1 == len(select(draft, dict(draft)).orders)
    assert 2 == len(select(draft, {**draft, "id": "draft-2"}).orders)


@pytest.mark.parametrize(
    "closed", [{"status": "Revoked"}, {"doNotPerform": True}, {"doNotPerform": "true"}]
)
def test_closed_orders_however_they_are_written(closed: Json) -> None:
    """A capital letter, or a truth in quotes, opens no order."""
    assert () == select({**request(UNSTATED), **closed}).orders
