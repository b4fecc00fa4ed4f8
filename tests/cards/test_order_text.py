"""Orders in words: how people write a transplant, and the thousands of orders that are none."""

import pytest

from cards.orders.drafts import OrderSelection, read_orders
from cards.values.coding import CPT, HCPCS, ICD_10_PCS, SNOMED_CT
from tests.cards.building import PATIENT, library, request
from tests.cards.ordinary_orders import ordinary_orders

AUTOLOGOUS, ALLOGENEIC = {"autologous"}, {"allogeneic"}
UNSTATED: set[str] = set()


def select(text: str) -> OrderSelection:
    """Return what is selected of an order in words."""
    return read_orders(library().clinical, [request(text)], PATIENT)


@pytest.mark.parametrize(
    ("text", "grafts"),
    [
        ("peripheral blood stem cell transplantation, autologous", AUTOLOGOUS),
        ("Hematopoietic progenitor cell (HPC) transplantation; autologous", AUTOLOGOUS),
        ("HCT, autologous", AUTOLOGOUS),
        ("BMT, auto", AUTOLOGOUS),
        ("SCT (auto)", AUTOLOGOUS),
        ("auto PBSCT", AUTOLOGOUS),
        ("HDC/ASCT", AUTOLOGOUS),
        ("Melphalan 200 + ASCT", AUTOLOGOUS),
        ("BEAM autologous stem cell transplant", AUTOLOGOUS),
        ("Tandem ASCT, inpatient", AUTOLOGOUS),
        ("Reinfusion of autologous PBSC, day 0", AUTOLOGOUS),
        ("Auto stem cell tx", AUTOLOGOUS),
        ("aHSCT for MS after natalizumab", AUTOLOGOUS),
        ("Multiple sclerosis: AHSCT", AUTOLOGOUS),
        ("Autologous HSCT - scleroderma; scheduled for March", AUTOLOGOUS),
        ("Autologous stem cell transplant in second remission", AUTOLOGOUS),
        ("Admit for autologous stem cell transplant", AUTOLOGOUS),
        ("Autologous hematopoetic stem cell transplantaion", AUTOLOGOUS),
        ("Autologus stem cel transplant", AUTOLOGOUS),
        ("BMT (allo)", ALLOGENEIC),
        ("10/10 MUD PBSC transplant", ALLOGENEIC),
        ("allo-SCT, matched sibling", ALLOGENEIC),
        ("Allogeneic HCT in CR1", ALLOGENEIC),
        ("RIC haplo BMT", ALLOGENEIC),
        ("alogeneic bone marow transplant", ALLOGENEIC),
        ("dUCBT", ALLOGENEIC),
        ("Umbilical cord transplant", ALLOGENEIC),
        ("Blood and marrow transplantation", UNSTATED),
        ("Haematopoietic stem-cell transplant", UNSTATED),
        ("Transplant, bone marrow", UNSTATED),
        ("bone marrow transplantion", UNSTATED),
    ],
)
def test_a_transplant_in_words(text: str, grafts: set[str]) -> None:
    """Synonyms, abbreviations, either order of words, and misspellings are understood."""
    (order,) = select(text).orders

    assert ("transplant", True, False) == (order.step, order.matched_by_text, order.referral)
    assert grafts == order.grafts


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("DLI #2, CD3 1x10e6/kg", "donor-lymphocyte-infusion"),
        ("Pre-emptive DLI", "donor-lymphocyte-infusion"),
        ("Donor lymphocites infusion", "donor-lymphocyte-infusion"),
        ("CD34+ selected stem cell boost", "stem-cell-boost"),
        ("CD34+ boost", "stem-cell-boost"),
        ("Autologous PBSC collection by apheresis", "autologous-harvest"),
        ("Bone marrow harvest", "stem-cell-collection"),
    ],
)
def test_the_other_services_in_words(text: str, service: str) -> None:
    """Infusions, boosts and collections are known by their names as well."""
    (order,) = select(text).orders

    assert service == order.service


@pytest.mark.parametrize(
    "text",
    [
        "Referral to BMT",
        "Amb ref to BMT",
        "Referral for HCT",
        "BMT consult",
        "Pre-BMT evaluation",
        "Ambulatory referral to bone marrow transplant program",
        "Hematology oncology consult for stem cell transplant",
        "Stem cell transplant candidacy evaluation",
        "Pre-transplant evaluation, stem cell",
    ],
)
def test_referrals_in_words(text: str) -> None:
    """Whoever asks for an evaluation is answered like whoever orders the transplant."""
    (order,) = select(text).orders

    assert order.referral is True


def test_ordinary_orders() -> None:
    """Of thousands of ordinary orders, around transplants and far from them, none is ours."""
    ordinary = list(ordinary_orders())

    assert len(set(ordinary)) == len(ordinary) > 4000
    assert [] == [each for each in ordinary if select(each).orders]


@pytest.mark.parametrize(
    "text",
    [
        "HSCT in 2019",
        "Bone marrow transplant 2018",
        "Red blood cell infusion",
        "White blood cell infusion",
        "HCT, auto",
        "CBC, auto diff, HCT",
        "Anemia evaluation: HCT",
        "BMT tubes evaluation",
        "Kidney and bone marrow transplant",
        "Stem cell transplant insurance authorization",
        "MUD search",
    ],
)
def test_what_comes_near(text: str) -> None:
    """Years, cells of the blood, blood counts, ear tubes and orthopedic grafts are not ours."""
    assert () == select(text).orders


def test_what_is_too_unclear_is_counted() -> None:
    """A transplant among words that we do not know is no order, and shows in the log."""
    assert 1 == len(select("Stem cell transplant, sibling undecided, Dr. Poe to call").orders)
    assert 1 == len(select("Poe stem cell transplant").unmapped)
    assert 1 == len(select("Poe ASCT").unmapped)
    assert () == select("CBC after ASCT").unmapped


@pytest.mark.parametrize(
    ("system", "oid", "code"),
    [
        (CPT, "2.16.840.1.113883.6.12", "38241"),
        (HCPCS, "2.16.840.1.113883.6.285", "S2150"),
        (ICD_10_PCS, "2.16.840.1.113883.6.4", "30233Y0"),
        (SNOMED_CT, "2.16.840.1.113883.6.96", "709115004"),
    ],
)
def test_systems_by_url_and_oid(system: str, oid: str, code: str) -> None:
    """Each system is known by its URL, with https and a version too, and by its OID."""
    spellings = (
        system, f"{system}/", f"{system}|2026", system.replace("http://", "https://"),
        f"urn:oid:{oid}", f"URN:OID:{oid}",
    )  # fmt: skip
    clinical = library().clinical

    for spelled in spellings:
        assert 1 == len(read_orders(clinical, [request((spelled, code))], PATIENT).orders), spelled
    assert () == read_orders(clinical, [request((f"{system}x", code))], PATIENT).orders
