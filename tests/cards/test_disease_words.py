"""Statements on the state of a leukemia, as clinicians write them."""

import pytest

from cards.history.disease_words import phases_in, remission_number
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
    assert (phases, number) == (found, remission_number((written,)))


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
    assert remission_number((written,)) is None
