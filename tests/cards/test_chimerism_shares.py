"""Whose cells a chimerism result counts: the donor's, or the patient's own."""

import pytest

from cards.facts import Measurement
from cards.record.naming import matches_words
from cards.values.coding import read_concept
from tests.cards.building import concept, library, verdicts
from tests.cards.test_cigna_0261 import ALLO, FOR_CHIMERISM, judged, share


def measures(name: str, written: str) -> bool:
    """Whether a result of that name is one of the fact."""
    fact = library().clinical.facts[name]
    assert isinstance(fact, Measurement)
    return matches_words(read_concept(concept(text=written)), fact.words)


@pytest.mark.parametrize(
    "written",
    [
        "Chimerism post transplant: patient cells",
        "Chimerism, % patient",
        "Chimerism, own cells",
        "Chimerism: non-donor cells",
        "Chimerism, recipient",
        "Host chimerism",
    ],
)
def test_the_patients_own_cells_are_not_the_donors(written: str) -> None:
    """The share of the patient's own cells is read as that, and never as the donor's."""
    assert (False, True) == (
        measures("donor-chimerism", written),
        measures("recipient-chimerism", written),
    )


@pytest.mark.parametrize("written", ["Donor chimerism", "Chimerism analysis", "Percent donor DNA"])
def test_the_donors_cells(written: str) -> None:
    """A result that names nobody else's cells is about the donor's."""
    assert (True, False) == (
        measures("donor-chimerism", written),
        measures("recipient-chimerism", written),
    )


def test_a_plus_sign_names_the_same_cells() -> None:
    """With a plus sign or "pos", CD3 is CD3, of which the whole blood beside it says nothing."""
    whole = share((100, "%"))
    for written in ("CD3+", "CD3pos", "CD3", "T cells (CD3+)"):
        part = share((85, "%"), f"Donor chimerism, {written}", identity="part")
        assert "met" == verdicts(judged(FOR_CHIMERISM, ALLO, whole, part))["donor-chimerism"]


def test_the_same_cells_written_twice_contradict_each_other() -> None:
    """Two results of one day on the same cells leave it open, however the cells are written."""
    both = [
        share((percent, "%"), f"Donor chimerism, {written}", identity=written)
        for percent, written in ((100, "CD3+"), (85, "CD3"))
    ]
    found = judged(FOR_CHIMERISM, ALLO, *both)
    assert "not-documented" == verdicts(found)["donor-chimerism"]
