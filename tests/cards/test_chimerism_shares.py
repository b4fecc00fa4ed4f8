"""Whose cells a chimerism result counts: the donor's, or the patient's own."""

import pytest

from cards.facts import Measurement
from cards.record.naming import matches_words
from cards.values.coding import read_concept
from tests.cards.building import concept, library, observation, verdicts
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


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("met", "98 percent donor"),
        ("met", "less than 100%"),
        ("met", "Full donor chimerism (98%)"),
        ("met", "2 percent recipient"),
        ("not-met", "Full donor chimerism (100%)"),
        ("not-met", "100 percent donor"),
        ("not-documented", "greater than 95% donor"),
        ("not-documented", "at least 95% donor"),
        ("not-documented", "Full donor chimerism (>98%)"),
        ("met", "98% donor (100% at day 30)"),
    ],
)
def test_a_share_that_is_written_out(expected: str, written: str) -> None:
    """Words for a sign are that sign: what is at least 95% may be all."""
    found = judged(FOR_CHIMERISM, ALLO, share(written, "Donor chimerism"))
    assert expected == verdicts(found)["donor-chimerism"]


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        ("met", "% donor"),
        ("met", "Donor cell percentage"),
        ("not-documented", "% donor specific antibody"),
        ("not-documented", "Donor % HLA match"),
        ("not-documented", "Donor"),
    ],
)
def test_names_of_the_share(expected: str, name: str) -> None:
    """The share of donor cells goes by several names, and by none that is of something else."""
    found = judged(FOR_CHIMERISM, ALLO, share((92, "%"), name))
    assert expected == verdicts(found)["donor-chimerism"]


@pytest.mark.parametrize(
    ("expected", "panel", "parts"),
    [
        ("met", "Donor chimerism", {"Donor %": 85, "Recipient %": 15}),
        ("met", "Donor chimerism", {"Whole blood": 100, "CD3+": 85}),
        ("met", "Recipient chimerism", {"CD3": 15}),
        ("met", "Donor and recipient chimerism", {"Donor %": 85, "Recipient %": 15}),
        ("met", "STR analysis", {"Donor cells": 85}),
        ("not-met", "Donor chimerism", {"CD3": 100, "CD33": 100}),
        ("not-met", "Recipient chimerism", {"CD3": 0}),
        ("not-documented", "Flow cytometry", {"CD3": 15}),
        ("not-documented", "Donor chimerism", {"Sample purity": 85}),
        ("not-documented", "Donor chimerism", {"Donor sex": 85}),
        ("not-documented", "Kidney donor chimerism", {"Donor %": 85}),
        ("not-documented", "Donor-derived cell-free DNA", {"% donor": 0.4}),
    ],
)
def test_the_parts_of_a_panel_are_of_what_it_is_named_for(
    expected: str, panel: str, parts: dict[str, float]
) -> None:
    """A part that names only cells or a share is read beside the name of its panel."""
    components = [
        {"code": concept(text=name), "valueQuantity": {"value": percent, "unit": "%"}}
        for name, percent in parts.items()
    ]
    result = observation("panel", panel, {"component": components})
    assert expected == verdicts(judged(FOR_CHIMERISM, ALLO, result))["donor-chimerism"]
