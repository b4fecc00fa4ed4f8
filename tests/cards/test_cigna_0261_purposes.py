"""Cigna 0261 and the stated purpose of a boost: what it is for, and what else the order tells."""

import pytest

from cards.values.coding import ICD_10_CM
from tests.cards.building import Code, condition, request, verdicts
from tests.cards.test_cigna_0261 import (
    ALLO,
    AML_IN_RELAPSE,
    AML_IN_REMISSION,
    BOOST,
    FOLLOWS,
    NOT_MET,
    RELAPSE,
    judged,
    share,
    titled,
)

CMV = (ICD_10_CM, "B25.9")
GVHD = (ICD_10_CM, "D89.811")
MIXED = share((90, "%"))


@pytest.mark.parametrize(
    "said",
    [
        "HPC boost as treatment of relapse",
        "HPC boost as relapse treatment",
        "HPC boost for refractory leukemia",
        "HPC boost for persistent disease",
        "HPC boost to prevent relapse",
        "HPC boost for relapse prevention",
        "HPC boost for high risk of relapse",
        "HPC boost to treat GVHD",
        "HPC boost to treat viral infection",
        "HPC boost for graft-versus-leukemia effect",
        "HPC boost to enhance immune reconstitution",
    ],
)
def test_a_boost_that_says_it_is_for_something_else(said: str) -> None:
    """Neither engraftment nor chimerism is what it is for, though the chimerism is mixed."""
    titles = judged(titled(BOOST, said), ALLO, MIXED)
    notes = judged(request(BOOST, note=[{"text": said}]), ALLO, MIXED)
    assert [FOLLOWS[NOT_MET]] * 2 == [titles.determination, notes.determination]


@pytest.mark.parametrize(
    "said",
    [
        "HPC boost after relapse",
        "HPC boost as planned",
        "HPC boost as donor chimerism falls",
        "HPC boost for persistent mixed chimerism",
        "HPC boost to promote engraftment and immune reconstitution",
        "HPC boost for mixed chimerism, no GVHD",
        "HPC boost; on tacrolimus for GVHD prophylaxis",
        "HPC boost, letermovir for CMV prophylaxis",
        "HPC boost, tested for CMV infection",
        "HPC boost, hold for GVHD",
        "Transplanted for relapsed AML.",
        "Receiving ganciclovir for CMV infection.",
        "Received azacitidine for relapse prevention.",
        "Treatment of relapse with FLAG in 2024.",
    ],
)
def test_what_else_was_done_and_what_for_is_not_the_purpose_of_a_boost(said: str) -> None:
    """The purpose of another treatment, or of the transplant itself, takes nothing from it."""
    titles = judged(titled(BOOST, f"HPC boost. {said}"), ALLO, MIXED)
    notes = judged(request(BOOST, note=[{"text": said}]), ALLO, MIXED)
    assert [FOLLOWS["met"]] * 2 == [titles.determination, notes.determination]


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("met", "Falling counts, boost to promote engraftment"),
        ("met", "Patient requires support of engraftment"),
        ("met", "To promote engraftment"),
        ("not-documented", "G-CSF to promote engraftment"),
        ("not-documented", "On eltrombopag to improve graft function"),
    ],
)
def test_what_another_drug_is_for_shows_no_need_of_a_boost(expected: str, said: str) -> None:
    """That something is given to promote engraftment counts where it is the boost."""
    one = judged(request(BOOST, note=[{"text": said}]), ALLO)
    assert expected == verdicts(one)["promote-engraftment"]


@pytest.mark.parametrize(
    "reasons",
    [
        ("Treatment of relapsed AML",),
        ("Treatment of CMV infection",),
        ("EBV viremia",),
        ("GVHD",),
        ("Relapse",),
        ("Prevention of relapse",),
        (CMV,),
        (GVHD,),
        (CMV, GVHD),
    ],
)
def test_reasons_that_are_another_purpose(reasons: tuple[Code | str, ...]) -> None:
    """An infection, GVHD or what is to be done about a relapse is another indication."""
    order = request(BOOST, *reasons)
    found = [judged(order, ALLO, MIXED), judged(order, ALLO)]
    assert [FOLLOWS[NOT_MET]] * 2 == [each.determination for each in found]


@pytest.mark.parametrize(
    "reasons",
    [
        ("Relapsed AML",),
        (AML_IN_RELAPSE,),
        (AML_IN_REMISSION,),
        (AML_IN_REMISSION, CMV),
        ("Mixed chimerism", GVHD),
        ("Poor graft function due to CMV",),
        ("History of CMV infection",),
    ],
)
def test_reasons_that_leave_the_purpose_as_it_is(reasons: tuple[Code | str, ...]) -> None:
    """A diagnosis is stated whatever is done about it, and a companion is no purpose beside it."""
    told = verdicts(judged(request(BOOST, *reasons), ALLO, RELAPSE, MIXED))
    assert "met" == told["no-other-purpose"]


@pytest.mark.parametrize(
    "said",
    [
        "Good graft function",
        "Stable graft function",
        "Excellent engraftment",
        "Full engraftment",
        "Graft function improved",
        "Engraftment without delay",
        "Positive for engraftment",
        "Monitoring of engraftment",
        "Engraftment study",
        "Evaluate graft function",
    ],
)
def test_a_graft_that_does_well_shows_no_need_of_a_boost(said: str) -> None:
    """Nor does a study of it, whether the reason stands on the order or on the problem list."""
    listed = condition("graft", said)
    by_reference = request(BOOST, reasonReference=[{"reference": "Condition/graft"}])
    found = [judged(request(BOOST, said), ALLO), judged(by_reference, ALLO, listed)]
    assert ["not-documented"] * 2 == [verdicts(each)["promote-engraftment"] for each in found]


@pytest.mark.parametrize(
    "said",
    [
        "Graft function",
        "Engraftment support",
        "Improve graft function",
        "Achieve full engraftment",
        "For stable engraftment",
        "Lack of engraftment",
        "Suboptimal graft function",
        "Graft function deteriorating after good initial engraftment",
        "Delayed engraftment despite full donor chimerism",
    ],
)
def test_a_graft_that_needs_help_shows_the_need_of_a_boost(said: str) -> None:
    """A need that is named counts, whatever else is said to be good or is to become so."""
    one = judged(request(BOOST, said), ALLO)
    assert "met" == verdicts(one)["promote-engraftment"]


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("met", "Persistent neutropenia after transplant"),
        ("met", "Persistent anemia after HCT"),
        ("met", "Prolonged thrombocytopenia, post-HCT"),
        ("met", "Persistent severe cytopenia"),
        ("not-documented", "Persistent neutropenia"),
        ("not-documented", "Persistent neutropenia before transplant"),
        ("not-documented", "Persistent hemolytic anemia after transplant"),
        ("not-documented", "Persistent anemia after HCT due to chronic kidney disease"),
        ("not-documented", "Neutropenia after transplant"),
    ],
)
def test_cytopenia_that_persists_after_a_transplant(expected: str, said: str) -> None:
    """It is poor graft function; of one lineage only where it is said to follow the transplant."""
    found = [judged(request(BOOST, said), ALLO), judged(request(BOOST), ALLO, condition("c", said))]
    assert [expected] * 2 == [verdicts(each)["promote-engraftment"] for each in found]
