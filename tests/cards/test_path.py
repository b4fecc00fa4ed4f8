"""The way of an order through a policy's decision, node by node."""

from cards.path import Path
from tests.cards.building import (
    ALLOGENEIC,
    AUTOLOGOUS,
    LVEF,
    MYELOMA,
    RHEUMATOID_ARTHRITIS,
    SYSTEMIC_SCLEROSIS,
    UNSTATED,
    condition,
    finding,
    observation,
    record,
    request,
)

SSC = "decision/systemic-sclerosis"
LOW_LVEF = [observation("lvef", LVEF, (30, "%"))]


def test_a_settled_order_takes_one_way() -> None:
    """Where every answer is known, each node from the root to one leaf is certain."""
    path = finding(record()).path

    expected = ("decision", SSC, f"{SSC}/autologous", f"{SSC}/autologous/met")
    assert Path(taken=expected) == path


def test_a_failed_check_leads_the_other_way() -> None:
    """A criterion that is not met leads down the branch of that name."""
    path = finding(record(lvef=LOW_LVEF)).path

    assert f"{SSC}/autologous/not-met" == path.taken[-1]
    assert () == path.possible


def test_an_early_leaf_ends_the_way() -> None:
    """What the policy does not ask is not on the way."""
    path = finding(record(), request(ALLOGENEIC, SYSTEMIC_SCLEROSIS)).path

    assert ("decision", SSC, f"{SSC}/allogeneic") == path.taken


def test_an_open_question_leaves_every_way_possible() -> None:
    """Beyond a question without answer nothing is certain, not even what has one answer there."""
    path = finding(record(), request(UNSTATED, SYSTEMIC_SCLEROSIS)).path

    assert ("decision", SSC) == path.taken
    assert (f"{SSC}/autologous", f"{SSC}/autologous/met", f"{SSC}/allogeneic") == path.possible


def test_an_undecided_criterion_leaves_both_ways_possible() -> None:
    """Without the ejection fraction the criteria may be met or not."""
    path = finding(record(lvef=[])).path

    assert f"{SSC}/autologous" == path.taken[-1]
    assert (f"{SSC}/autologous/met", f"{SSC}/autologous/not-met") == path.possible


def test_a_way_out_of_the_field_is_possible_too() -> None:
    """A candidate that the policy does not speak of leads outside."""
    two = [condition("m", MYELOMA), condition("r", RHEUMATOID_ARTHRITIS)]
    path = finding(record(disease=two), request(AUTOLOGOUS)).path

    assert ("decision",) == path.taken
    assert ("decision/other-autoimmune-disease", "decision/outside") == path.possible
