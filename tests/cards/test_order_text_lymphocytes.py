"""Orders for donor lymphocytes in words, and beside the code of inpatient transfusions."""

from typing import Any

import pytest

from cards.orders.drafts import read_orders
from cards.values.coding import CPT, HCPCS, ICD_10_PCS, LOINC
from tests.cards.building import PATIENT, SUBJECT, Code, Json, concept, library, request
from tests.cards.test_local_codes import concept_map, read, select, target

WHITE_CELLS = (ICD_10_PCS, "30233Q1")
CENTRALLY = (ICD_10_PCS, "30243Q1")
OWN_WHITE_CELLS = (ICD_10_PCS, "30233Q0")


def services(*drafts: Json) -> list[tuple[str, bool]]:
    """Return the services that drafts order, and whether each is known by its text."""
    orders = read_orders(library().clinical, drafts, PATIENT).orders
    return [(each.service, each.matched_by_text) for each in orders]


def beside(code: Code, text: str | None, *remarks: str) -> Json:
    """Return an order with a code, a text and notes."""
    notes: Any = [{"text": each} for each in remarks] or None
    return request(code=concept(code, text=text), note=notes)


def prescription(text: str) -> Json:
    """Return a draft MedicationRequest in words."""
    return {
        "resourceType": "MedicationRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": {"text": text},
    }


LYMPHOCYTES = [("donor-lymphocyte-infusion", True)]


@pytest.mark.parametrize(
    "order",
    [
        beside(WHITE_CELLS, "Donor lymphocyte infusion"),
        beside(CENTRALLY, "DLI"),
        beside(WHITE_CELLS, None, "Donor lymphocyte infusion for relapse"),
        beside(WHITE_CELLS, "Transfusion of Nonautologous White Cells", "DLI"),
    ],
)
def test_the_code_for_white_cells_orders_lymphocytes_where_a_text_says_so(order: Json) -> None:
    """The inpatient code is that of granulocytes too, so title or note decide."""
    assert LYMPHOCYTES == services(order)


@pytest.mark.parametrize(
    "order",
    [
        beside(WHITE_CELLS, None),
        beside(WHITE_CELLS, "Granulocyte transfusion"),
        beside(WHITE_CELLS, "Granulocyte transfusion", "Had a DLI in 2025."),
        beside(WHITE_CELLS, "Allogeneic stem cell transplant"),
        beside(OWN_WHITE_CELLS, "Donor lymphocyte infusion"),
        beside((CPT, "86950"), "Donor lymphocyte infusion"),
        beside((LOINC, "2160-0"), "Donor lymphocyte infusion"),
        beside((HCPCS, "P9050"), "Donor lymphocyte infusion"),
    ],
)
def test_other_codes_are_not_overruled_by_a_text(order: Json) -> None:
    """Granulocytes, own cells, tests and products of their own stay what their codes say."""
    assert [] == services(order)


def test_a_sites_own_code_may_stand_for_white_cells() -> None:
    """A site may map its code to the one that leaves it open; the text then decides."""
    mapped = read(concept_map(target(WHITE_CELLS[1]), target=ICD_10_PCS))
    told = [select(mapped, text=each).orders for each in ("DLI", "Granulocytes")]
    assert [1, 0] == list(map(len, told))


@pytest.mark.parametrize(
    "text",
    [
        "DLI, no premedication",
        "DLI without premedication",
        "Donor lymphocyte infusion; no steroids",
        "Donor lymphocyte infusion - not irradiated",
        "Donor lymphocyte infusion, do not irradiate",
        "DLI (no filter)",
        "DLI (apheresis product)",
        "DLI from cryopreserved apheresis collection",
        "Donor lymphocytes IV",
        "Donor lymphocytes, 1e7 CD3/kg IV",
    ],
)
def test_what_is_not_done_with_the_cells_denies_no_order(text: str) -> None:
    """How cells are given, and what is left out with it, leaves the order as it is."""
    assert LYMPHOCYTES * 2 == services(request(text), prescription(text))


@pytest.mark.parametrize(
    "text",
    [
        "No DLI",
        "DLI, not today",
        "DLI not indicated",
        "DLI, no longer needed",
        "DLI, do not give",
        "DLI, not needed",
        "Premedication for DLI",
        "Collection of donor lymphocytes",
        "Donor lymphocyte storage",
        "DLI product storage",
        "CBC after DLI, no premedication",
        "Bone marrow transplant, busulfan IV",
    ],
)
def test_what_denies_the_order_still_does(text: str) -> None:
    """An order that is denied, or that is for something else, is none."""
    assert [] == services(request(text))


@pytest.mark.parametrize(
    ("service", "reason", "text"),
    [
        ("stem-cell-boost", "promote engraftment", "Stem cell boost to promote engraftment"),
        ("stem-cell-boost", "enhance donor chimerism", "HPC boost to enhance donor chimerism"),
        ("stem-cell-boost", "promote engraftment", "Stem cell boost - promote engraftment"),
        ("stem-cell-boost", "treat graft failure", "CD34+ boost to treat graft failure"),
        ("donor-lymphocyte-infusion", "treat relapsed aml", "DLI to treat relapsed AML"),
        ("donor-lymphocyte-infusion", None, "DLI (to treat relapse)"),
        ("donor-lymphocyte-infusion", None, "DLI for relapse"),
    ],
)
def test_what_cells_are_to_do_is_what_they_are_for(
    service: str, reason: str | None, text: str
) -> None:
    """A verb of purpose behind the name leaves it an order, and reads as "for" does."""
    (order,) = read_orders(library().clinical, (request(text),), PATIENT).orders
    reasons = () if reason is None else ({"text": reason},)
    assert (service, reasons) == (order.service, order.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "Filgrastim to promote engraftment after stem cell boost",
        "Azacitidine to treat relapse before DLI",
        "CBC to monitor DLI",
        "Stem cell boost - tacrolimus level",
        "Stem cell transplant to manage tacrolimus",
        "Echocardiogram to clear for stem cell transplant",
    ],
)
def test_what_is_to_be_done_beside_the_cells_orders_none(text: str) -> None:
    """A purpose of something else, or a task of the transplant team, is no order for cells."""
    assert [] == services(request(text))
