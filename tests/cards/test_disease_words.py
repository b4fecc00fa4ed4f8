"""Statements on the state of a leukemia, as clinicians write them."""

import pytest

from cards.history.disease_words import phases_in, remission_number, told_by
from cards.library import load_library

STATES = load_library().clinical.states


@pytest.mark.parametrize(
    ("phases", "number", "written"),
    [
        (frozenset({"remission"}), 1, "CR1"),
        (frozenset({"remission"}), 2, "CR #2"),
        (frozenset({"remission"}), 1, "first complete remission, no evidence of relapse"),
        (frozenset({"remission"}), 1, "first complete remission, not refractory"),
        (frozenset({"remission"}), 1, "first complete remission, relapse risk high"),
        (frozenset({"remission"}), 2, "complete remission following relapse"),
        (frozenset({"remission"}), 2, "second complete remission after first relapse"),
        (frozenset({"remission"}), 2, "CR2 after relapse"),
        (frozenset({"remission"}), 2, "CR ≥2"),
        (frozenset({"remission"}), 2, "CR >= 2"),
        (frozenset({"remission"}), 1, "CR-1"),
        (frozenset({"remission"}), 2, "second or greater remission"),
        (frozenset({"remission"}), 2, "Remission, second"),
        (frozenset({"remission"}), 1, "complete remission (first)"),
        (frozenset({"remission"}), 1, "First complete hematologic remission"),
        (frozenset({"remission"}), 2, "second complete morphologic remission"),
        (frozenset({"remission"}), 1, "first continuous complete remission"),
        (frozenset({"remission"}), None, "complete remission (first documented in 2023)"),
        (frozenset({"remission"}), None, "in remission, second transplant"),
        (frozenset({"refractory"}), None, "chemorefractory ALL"),
        (frozenset({"relapse", "refractory"}), None, "relapsed/chemorefractory ALL"),
        (frozenset(), None, "chemorefractory nausea"),
        (frozenset(), None, "not chemorefractory"),
        (frozenset(), None, "undergoing remission induction"),
        (frozenset({"remission"}), None, "in remission after remission induction"),
        (frozenset({"remission"}), 2, "found to be in CR2"),
        (frozenset({"remission"}), 1, "CR1, failed first marrow harvest"),
        (frozenset({"relapse"}), None, "relapse after CR2"),
        (frozenset({"relapse"}), None, "relapsed ALL"),
        (frozenset({"relapse", "refractory"}), None, "r/r ALL"),
        (frozenset({"relapse", "refractory"}), None, "Rel/ref ALL"),
        (frozenset(), None, "allogeneic HCT planned in CR2"),
        (frozenset(), None, "relapse-free survival"),
    ],
)
def test_words_tell_phase_and_number(
    phases: frozenset[str], number: int | None, written: str
) -> None:
    """A text tells what holds, not what is denied, over, feared or planned."""
    found: frozenset[str] = phases_in((written,), STATES)
    assert (phases, number) == (found, remission_number((written,), STATES))


@pytest.mark.parametrize(
    "written",
    [
        "second remission not achieved",
        "planned: second remission",
        "second remission unlikely",
        "second remission could not be confirmed",
        "second remission questionable",
        "CR2 disproved",
    ],
)
def test_a_remission_that_was_not_reached_has_no_number(written: str) -> None:
    """The number of a remission that is denied or only planned is not counted."""
    assert remission_number((written,), STATES) is None


@pytest.mark.parametrize(
    "written",
    [
        "aiming for CR2",
        "once in CR2",
        "on achieving CR2",
        "reinduction to CR2",
        "plan: reinduction, then transplant in CR2",
        "near CR2",
        "working towards second remission",
        "aiming for remission",
        "eligible for transplant in second remission",
        "to proceed to transplant in CR1",
        "candidate for transplant in CR1",
        "transplant in CR1 intended",
        "CR2 is the goal",
        "B-ALL, for transplant once in CR2",
        "previously in CR1",
        "failed CR2",
        "CR1 until May 2026",
    ],
)
def test_a_remission_that_is_hoped_for_or_over_is_none_of_today(written: str) -> None:
    """What is planned is not reached, and what ended does not last: the text leaves it open."""
    told = told_by(frozenset(), (written,), STATES)
    assert (frozenset(), True) == (told.phases, told.unsettled)


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (2, "in CR2, transplant planned"),
        (2, "Transplant planned; CR2"),
        (2, "Planned for transplant, currently in CR2"),
        (2, "CR2, candidate for transplant"),
        (2, "CR2 planned for HCT"),
        (2, "CR2 reached after planned reinduction"),
        (1, "In CR1, plan: transplant"),
        (1, "Previously treated ALL in CR1"),
        (1, "CR1; if relapse, then blinatumomab"),
        (1, "CR1 since June 2023"),
    ],
)
def test_a_remission_beside_a_plan_is_reached(number: int, written: str) -> None:
    """The plan is for the transplant, and the remission is there."""
    told = told_by(frozenset(), (written,), STATES)
    assert (frozenset({"remission"}), number, False) == (told.phases, told.number, told.unsettled)


@pytest.mark.parametrize(
    ("phase", "number", "written"),
    [
        ("relapse", None, "CR1 until May 2026, then relapse"),
        ("relapse", None, "was in CR1, now relapsed"),
        ("relapse", None, "CR1 2023, relapse 2026"),
        ("relapse", None, "CR1 (relapsed 5/2026)"),
        ("relapse", None, "relapsed while in CR2"),
        ("relapse", None, "second relapse after CR2"),
        ("relapse", None, "CR2, then second relapse"),
        ("relapse", None, "CR1 -> relapse -> CR2 -> relapse"),
        ("relapse", None, "relapsed, aiming for CR2"),
        ("remission", 2, "relapsed in May 2026, now in second remission"),
        ("remission", 2, "CR1 2023, relapse 2026-03, CR2 since 2026-08"),
        ("remission", 2, "CR2 8/2026, relapse 3/2026"),
        ("remission", 2, "CR2 (relapsed 5/2026)"),
        ("remission", 2, "relapsed after CR1, now CR2"),
        ("remission", 2, "CR1 -> relapse -> CR2"),
        ("remission", 2, "Relapsed/refractory B-ALL, now in CR2"),
        ("remission", 2, "Acute lymphoblastic leukemia, first relapse, now in CR2"),
        ("remission", 2, "s/p relapse, currently in remission"),
        ("remission", 2, "previously in CR1; now in CR2"),
        ("remission", 1, "was refractory to induction, now in CR1"),
        ("remission", 1, "refractory to first line, CR1 after blinatumomab"),
        ("remission", 1, "CR1 after two inductions (initially refractory)"),
        ("remission", 1, "ALL in CR1, primary refractory to first induction"),
        ("remission", 1, "CR1, no GVHD, relapse or infection"),
        ("remission", 1, "CR1, complete remission"),
    ],
)
def test_the_last_state_of_a_text_is_that_of_today(
    phase: str, number: int | None, written: str
) -> None:
    """A text that tells the course is put in order by its words, its dates and the numbers."""
    told = told_by(frozenset(), (written,), STATES)
    assert ([phase], number, False) == (list(told.phases), told.number, told.either)


@pytest.mark.parametrize(
    "written", ["CR2, relapsed", "CR2, refractory", "relapse, CR1", "relapsed ALL, in remission"]
)
def test_states_that_words_do_not_put_in_order_are_all_left_open(written: str) -> None:
    """Whether a relapse that is named behind a second remission led to it or ended it is open."""
    told = told_by(frozenset(), (written,), STATES)
    assert ("remission" in told.phases, True) == (len(told.phases) > 1, told.either)
