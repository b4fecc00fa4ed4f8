"""Orders in words: remarks beside a transplant, its donor, slips, and cells that are handled."""

import pytest

from cards.orders.order import Order
from tests.cards.test_order_text import select

_AUTOLOGOUS, _ALLOGENEIC = "autologous-transplant", "allogeneic-transplant"
_DLI, _BOOST = "donor-lymphocyte-infusion", "stem-cell-boost"


def ordered(text: str) -> Order:
    """Return the one order that a text is for."""
    (order,) = select(text).orders
    return order


@pytest.mark.parametrize(
    "text",
    [
        "{}, clinical trial NCT04047628",
        "{} per protocol NCT04047628",
        "{} (PRO123)",
        "{} [PRO123]",
        "{} 2026-12-01",
        "{}, 2026-12-01, inpatient",
        "{} to treat MS",
        "{} w/o TBI",
        "{}. No known allergies.",
        "{}. NKDA",
        "{}, no prior transplant",
        "{}, no previous allogeneic stem cell transplant",
        "{}, HLA typing not needed",
        "{}, source: peripheral blood",
        "{} (graft source: bone marrow)",
        "{} - purpose: immune reset",
        "{} (curative intent)",
        "{} at BMT unit",
        "{} once",
        "{} please",
        "{} pending insurance approval",
        "{}, discussed with patient",
        "{}, not urgent",
        "Px: {}",
        "Prior auth: {}",
        "Day 0: {}",
        "Trial: {}",
        "Initiate {}",
        "Start {}",
        "Book {}",
        "Set up {}",
        "Cleared for {}",
        "OK for {}",
    ],
)
def test_a_remark_that_changes_nothing(text: str) -> None:
    """A number, a day, a label or what is well does not silence the order that it stands beside."""
    order = ordered(text.format("autologous stem cell transplant"))

    assert (_AUTOLOGOUS, False) == (order.service, order.referral)
    assert {"autologous"} == order.grafts


@pytest.mark.parametrize(
    "text",
    [
        "donor lymphocyte infusion IV",
        "DLI on day +120",
        "DLI d/t relapse",
        "DLI, no active GVHD",
        "DLI, no signs of acute graft-versus-host disease",
        "DLI, NCT01234567",
        "DLI (PRO999)",
    ],
)
def test_a_remark_beside_lymphocytes(text: str) -> None:
    """The same holds for an infusion of lymphocytes, which is given on a day after a transplant."""
    assert _DLI == ordered(text).service


@pytest.mark.parametrize(
    "text",
    [
        "Research blood draw, HSCT, NCT04047628",
        "HSCT, not enrolled in NCT04047628",
        "HSCT panel (PRO123)",
        "Stem cell infusion (LAB1234)",
        "s/p HSCT 2019-05-01",
        "HSCT from brother 2020-05-01",
        "HSCT - done 2020-05-01",
        "HSCT 2019",
        "Chest x-ray d/t HSCT",
        "Echo w/o contrast, HSCT",
        "Prednisone to treat GVHD, HSCT",
        "Dx: MS, CBC",
        "No prior transplant",
        "HSCT, transplant not needed",
        "HSCT not needed",
        "Patient in BMT unit",
        "Education at stem cell transplant unit",
        "Transfer to BMT unit",
        "Start tacrolimus, HSCT",
        "Start HSCT protocol",
        "Book dental visit for HSCT",
        "Book HSCT clinic",
        "Cleared for discharge after HSCT",
        "Set up transport for HSCT",
        "OK for discharge, HSCT",
        "Prior auth: MRI before HSCT",
        "Trial: CBC before HSCT",
        "Day 0: CBC, HSCT",
        "Service: BMT",
        "DLI day +30 visit",
        "DLI on day +30 labs",
        "DLI, no GVHD prophylaxis",
        "HSCT on day +30",
        "rituximab infusion IV, HSCT",
        "stem cell infusion IV fluids",
        "HSCT discussed with patient",
        "HSCT brochure please",
        "HSCT, source culture",
        "HSCT red cell transfusion",
        "Bone marrow transplant - red cell transfusion",
        "DLI: red cell transfusion",
        "Allogeneic HSCT, 2 units irradiated red cells",
    ],
)
def test_a_remark_that_is_what_is_ordered(text: str) -> None:
    """A test, a drug, red cells or a visit is ordered, with whatever remark beside it."""
    assert () == select(text).orders


def test_a_label_tells_the_reason() -> None:
    """What stands behind "dx:", "d/t" and "due to" is the reason, without the words before it."""
    reason = ({"text": "systemic sclerosis"},)

    assert reason == ordered("ASCT - dx: systemic sclerosis").reasons
    assert reason == ordered("ASCT d/t systemic sclerosis").reasons
    assert reason == ordered("ASCT due to systemic sclerosis").reasons
    assert reason == ordered("ASCT because of systemic sclerosis").reasons
    # It may be a title, and so searches the record, "treat" before it or not.
    assert () == ordered("ASCT for MS").reasons
    assert () == ordered("ASCT to treat MS").reasons


@pytest.mark.parametrize(
    "text",
    [
        "matched unrelated donor transplant",
        "matched related donor transplantation",
        "Transplant, matched sibling donor",
        "Transplant from a matched unrelated donor",
        "unrelated donor transplant",
        "sibling donor transplant",
        "9/10 MMUD transplant",
        "haploidentical donor transplant",
        "haplo-identical transplant",
        "Transplant - allogeneic",
        "Referral for matched unrelated donor transplant",
        "haplo",
        "MUD",
        "allo MUD",
        "MUD allo",
        "MSD allo",
        "PTCy haplo",
    ],
)
def test_a_transplant_by_its_donor(text: str) -> None:
    """The donor names the transplant; two abbreviations do so where they are all there is."""
    order = ordered(text)

    assert _ALLOGENEIC == order.service
    assert {"allogeneic"} == order.grafts


@pytest.mark.parametrize("text", ["Transplant - autologous", "Transplant, autologous"])
def test_the_graft_behind_the_transplant(text: str) -> None:
    """Catalogues put the kind behind the name."""
    assert _AUTOLOGOUS == ordered(text).service


@pytest.mark.parametrize(
    "text",
    [
        "living unrelated donor transplant",
        "living related donor transplant",
        "related donor transplant",
        "Unrelated donor transplant evaluation",
        "Kidney transplant, matched unrelated donor",
        "Matched sibling donor transplant education",
        "Bone transplant - autologous",
        "Transplant, autologous chondrocytes",
        "Transplant, autologous ovarian tissue",
        "Unrelated donor transplant, tissue",
        "Matched sibling donor ovarian transplant",
        "Transplant - skin, autologous",
        "Kidney transplant - allogeneic",
        "MUD search",
        "MUD typing",
        "haplo typing",
        "haplo, CBC",
        "allo",
        "BMT",
        "BMT procedure",
        "blood top-up",
        "top-up insulin",
        "top-up, CBC",
    ],
)
def test_other_donors_and_other_transplants(text: str) -> None:
    """A kidney has donors, bone is grafted, BMT may be an ear tube, and much else is topped up."""
    assert () == select(text).orders


def test_a_top_up_that_is_all_there_is() -> None:
    """Nothing else is ordered in that word alone."""
    assert _BOOST == ordered("top-up").service


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("donar lymphocyte infusion", _DLI),
        ("doner lymphocyte infusion", _DLI),
        ("donnor lymphocyte infusion", _DLI),
        ("dnoor lymphocyte infusion", _DLI),
        ("cord blod transplant", "cord-blood-transplant"),
        ("cord bloood transplant", "cord-blood-transplant"),
        ("bone mrarow transplantation", "transplant-of-unstated-graft"),
        ("bone marroow transplantation", "transplant-of-unstated-graft"),
        ("bone maroow transplantation", "transplant-of-unstated-graft"),
        ("stem cell bost", _BOOST),
        ("stem cell booost", _BOOST),
    ],
)
def test_a_slip_in_a_short_word(text: str, service: str) -> None:
    """A short word of a name may be misspelled where its other words are right."""
    assert service == ordered(text).service


@pytest.mark.parametrize(
    "text",
    [
        "stem cell boot",
        "bone narrow transplant",
        "cord bloom transplant",
        "doner limphocite infuson",
    ],
)
def test_a_slip_that_makes_another_word(text: str) -> None:
    """Not where the slip is a word of its own, nor where there are too many."""
    assert () == select(text).orders


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("Cryopreservation of stem cells", "graft-processing"),
        ("cryopreservation of HPC", "graft-processing"),
        ("Thaw HPC product", "graft-processing"),
        ("HPC processing", "graft-processing"),
        ("CD34+ selection of HPC product", "graft-processing"),
        ("volume reduction of HPC product", "graft-processing"),
        ("Stem cell cryopreservation for autologous transplant", "graft-processing"),
        ("Autologous SCT: thaw and infuse 2 bags", _AUTOLOGOUS),
        ("donor search", "donor-search"),
        ("unrelated donor search", "donor-search"),
        ("Search for unrelated donor", "donor-search"),
    ],
)
def test_processing_and_search_in_words(text: str, service: str) -> None:
    """Handling the cells and searching for a donor are ordered in words as by their codes."""
    assert service == ordered(text).service


@pytest.mark.parametrize(
    "text",
    [
        "Bone marrow processing",
        "Cord blood processing",
        "Ovarian tissue cryopreservation",
        "Sperm cryopreservation before stem cell transplant",
        "Stem cell processing fee",
        "Stem cell lab processing, CD34 count",
        "HPC viability",
        "Thaw plasma 2 units",
        "Volume reduction of platelets",
        "Blood donor search",
        "kidney donor search",
        "search for living donor",
    ],
)
def test_what_else_is_processed_and_searched_for(text: str) -> None:
    """Specimens, plasma, germ cells and other donors are none of ours."""
    assert () == select(text).orders
