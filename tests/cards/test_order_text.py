"""Orders in words: how people write a transplant, and the thousands of orders that are none."""

import pytest

from cards.orders.drafts import OrderSelection, read_orders
from cards.values.coding import CPT, HCPCS, ICD_10_PCS, LOINC, RXNORM, SNOMED_CT
from tests.cards.building import PATIENT, Json, library, request
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
        ("autoHSCT", AUTOLOGOUS),
        ("auto-HCT", AUTOLOGOUS),
        ("Autologous stemcell transplant x1", AUTOLOGOUS),
        ("HDT/ASCT", AUTOLOGOUS),
        ("AHSCT BEAM-ATG", AUTOLOGOUS),
        ("IP autologous bonemarrow transplant", AUTOLOGOUS),
        ("Autologous SCT on 2026-12-01", AUTOLOGOUS),
        ("Autologous SCT in March", AUTOLOGOUS),
        ("Autologous SCT, 5.2 x10^6 CD34+ cells/kg", AUTOLOGOUS),
        ("Autologous SCT: thaw and infuse 2 bags", AUTOLOGOUS),
        ("Autologous SCT (Dr. Poe)", AUTOLOGOUS),
        ("Autologous SCT, Cy/ATG conditioning", AUTOLOGOUS),
        ("Autologous SCT, history of smoking", AUTOLOGOUS),
        ("Autologous SCT, not allogeneic", AUTOLOGOUS),
        ("Autologous SCT rather than allogeneic transplant", AUTOLOGOUS),
        ("Autologous SCT, patient declined allogeneic", AUTOLOGOUS),
        ("Flu/Bu4 allo SCT", ALLOGENEIC),
        ("TCR alpha beta depleted haplo HSCT", ALLOGENEIC),
        ("Allogeneic SCT after failed autologous transplant", ALLOGENEIC),
        ("Allogeneic hematopoietic stem cell transplant (AHSCT)", ALLOGENEIC),
        ("Allogeneic HSCT for auto-inflammatory disease", ALLOGENEIC),
        ("Sibling stem cell transplant", ALLOGENEIC),
        ("HLA-identical unrelated stem cell transplant", ALLOGENEIC),
        ("Stem cell transplant from her sister", ALLOGENEIC),
        ("Allogeneic HSCT with prophylactic DLI", ALLOGENEIC),
        ("Autologous vs allogeneic SCT", UNSTATED),
        ("BM transplant", UNSTATED),
        ("HSC transplant", UNSTATED),
        ("Autologous hematopoietic cell transplantation (HCT)", AUTOLOGOUS),
        ("Conditioning with BEAM followed by autologous HSCT", AUTOLOGOUS),
        ("Cy/ATG, AHSCT", AUTOLOGOUS),
        ("Mobilization and autologous stem cell transplant", AUTOLOGOUS),
        ("Infuse autologous CD34+ cells", AUTOLOGOUS),
        ("Matched sibling donor (MSD) HCT", ALLOGENEIC),
        ("Reduced intensity conditioning (RIC) allo HSCT", ALLOGENEIC),
        ("Cord blood transplant (CBT)", ALLOGENEIC),
        ("Hematopoietic cell transplantation (HCT)", UNSTATED),
        ("Admit to BMT unit for stem cell transplant", UNSTATED),
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
        ("HSCT boost", "stem-cell-boost"),
        ("Allo HSCT - stem cell boost", "stem-cell-boost"),
        ("Stem cell boost post autologous transplant", "stem-cell-boost"),
        ("HSCT - donor lymphocyte infusion", "donor-lymphocyte-infusion"),
        ("HPC infusion: DLI", "donor-lymphocyte-infusion"),
        ("Administer DLI", "donor-lymphocyte-infusion"),
        ("PBSC apheresis (autologous)", "autologous-harvest"),
        ("Leukapheresis for autologous stem cell collection", "autologous-harvest"),
        ("Stem cell donor search", "donor-search"),
        ("Unrelated donor search for stem cell transplant", "donor-search"),
        ("Boost, PBSC", "stem-cell-boost"),
        ("CD34-selected cell boost", "stem-cell-boost"),
        ("CD34+ top-up", "stem-cell-boost"),
        ("Allogeneic lymphocyte infusion", "donor-lymphocyte-infusion"),
        ("DLI 5x10^6 CD3+/kg, every 4 weeks", "donor-lymphocyte-infusion"),
        ("Post-transplant DLI for mixed chimerism", "donor-lymphocyte-infusion"),
        ("DLI post-BMT relapse", "donor-lymphocyte-infusion"),
        ("Unmanipulated DLI from original donor", "donor-lymphocyte-infusion"),
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
        "IP consult to bone marrow transplant",
        "Referral to Dr. Poe for HSCT",
        "Autologous SCT candidate evaluation",
        "Eval & treat: stem cell transplant",
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
        "Bone marrow transplant, post visit",
        "HSCT, post: immunizations",
        "Stem cell transplant, post-op check",
        "Bone marrow transplant, after: visit",
        "Leukapheresis for allo-SCT",
        "Stem cell transplant - vaccines",
        "Bone marrow transplant - echocardiogram",
        "Allogeneic HSCT - CMV PCR",
        "Allogeneic HSCT (tacrolimus monitoring)",
        "Stem cell infusion - premedication",
        "HSCT workup, CT sinus",
        "HSCT evaluation - HLA",
        "Cyclophosphamide, autologous HSCT",
        "ATG (allogeneic HSCT)",
        "Melphalan conditioning, autologous stem cell transplant",
        "HSCT - done 2020",
        "HSCT - completed",
        "HSCT at OSH in 2019",
        "Haplo HSCT from brother in 2020",
        "Allogeneic SCT at age 12",
        "HSCT - patient not eligible",
        "Stem cell transplant - mother",
        "Stem cell transplant donor",
        "Sibling donor evaluation for stem cell transplant",
        "Donor lymphocyte chimerism",
        "DLI, day 30 chimerism",
        "Donor lymphocytes, crossmatch",
        "Admit to bone marrow transplant unit",
        "Stem cell transplant protocol",
        "Allogeneic transplant for corneal scar",
        "Autologous transplant, skin",
        "Unrelated donor transplant evaluation",
        "HCT - pre auto HCT work-up",
    ],
)
def test_what_comes_near(text: str) -> None:
    """Years, cells of the blood, blood counts, ear tubes and orthopedic grafts are not ours."""
    assert () == select(text).orders


@pytest.mark.parametrize(
    ("system", "code"),
    [
        (CPT, "80197"),
        (CPT, "93306"),
        (CPT, "33945"),
        (RXNORM, "3002"),
        (LOINC, "4544-3"),
        ("http://hl7.org/fhir/sid/ndc", "0004-1100-20"),
    ],
)
def test_a_standard_code_says_what_is_ordered(system: str, code: str) -> None:
    """Beside the code of another service, a text tells of the patient; beside a local one, not."""

    def ordered(system: str) -> Json:
        coding = {"system": system, "code": code}
        return {
            **request((system, code)),
            "code": {"coding": [coding], "text": "Autologous stem cell transplant"},
        }

    clinical, local = library().clinical, ordered("urn:site")
    filed = local | {"category": [{"text": "Laboratory"}]}
    assert () == read_orders(clinical, [ordered(system)], PATIENT).orders
    assert 1 == len(read_orders(clinical, [local], PATIENT).orders)
    assert () == read_orders(clinical, [filed], PATIENT).orders


@pytest.mark.parametrize(
    ("note", "grafts"),
    [
        ("Autologous graft", AUTOLOGOUS),
        ("Source: autologous PBSC", AUTOLOGOUS),
        ("Matched unrelated donor identified.", ALLOGENEIC),
        ("Donor: HLA-identical sister", ALLOGENEIC),
        ("autologous option declined", UNSTATED),
        ("auto insurance claim pending", UNSTATED),
        ("failed autologous mobilization", UNSTATED),
        ("sibling donor not available", UNSTATED),
        ("considered MUD", UNSTATED),
        ("mud exposure", UNSTATED),
        ("patient refuses allogeneic", UNSTATED),
    ],
)
def test_a_note_states_the_graft_where_it_is_about_it(note: str, grafts: set[str]) -> None:
    """A donor who was asked, a car or dirt say nothing of the graft that is ordered."""
    draft = {**request((HCPCS, "S2150")), "note": [{"text": note}]}

    (order,) = read_orders(library().clinical, [draft], PATIENT).orders

    assert grafts == order.grafts


def test_a_remark_that_asks_somebody_in_makes_no_referral() -> None:
    """Who orders a transplant and asks for a dietitian, orders a transplant."""
    coding = {"system": CPT, "code": "38241"}
    code = {"coding": [coding], "text": "Autologous HSCT; consult nutrition"}

    (order,) = read_orders(
        library().clinical, [request((CPT, "38241")) | {"code": code}], PATIENT
    ).orders

    assert order.referral is False


def test_a_disease_in_the_text_that_nobody_knows_is_the_reason() -> None:
    """The record is not searched for another reason than the one that stands in the order."""
    (order,) = select("Stem cell infusion for COVID-19").orders

    assert ({"text": "covid 19"},) == order.reasons


def test_what_is_too_unclear_is_counted() -> None:
    """A transplant among words that we do not know is no order, and shows in the log."""
    assert 1 == len(select("Stem cell transplant, sibling undecided, to call Poe").unmapped)
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


@pytest.mark.parametrize(("system", "code"), [(HCPCS, "38241"), (CPT, "S2150"), (HCPCS, "0565T")])
def test_both_levels_of_hcpcs_under_either_name(system: str, code: str) -> None:
    """CPT is level I of HCPCS, and is sent as such; no code is in both."""
    assert 1 == len(read_orders(library().clinical, [request((system, code))], PATIENT).orders)


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        ("Fludarabine/cyclophosphamide (allogeneic HSCT)", False),
        ("BEAM, autologous HSCT", False),
        ("Autologous stem cells, infusion", True),
    ],
)
def test_a_prescription_orders_the_drug_that_it_names(text: str, *, ours: bool) -> None:
    """A regimen before a transplant is how it is done, but as a prescription it is the regimen."""
    plain = request("x")
    drug = {
        **plain,
        "resourceType": "MedicationRequest",
        "medicationCodeableConcept": {"text": text},
    }
    del drug["code"]

    assert ours == bool(read_orders(library().clinical, [drug], PATIENT).orders)
