"""Whose cells a chimerism result counts: the donor's, or the patient's own."""

import pytest

from cards.facts import Measurement
from cards.record.naming import matches_words
from cards.values.coding import read_concept
from tests.cards.building import concept, library


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
