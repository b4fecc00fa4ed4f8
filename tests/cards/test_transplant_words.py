"""Transplants in words: those that were done, however described, and those that were not."""

import pytest

from tests.cards.building import condition
from tests.cards.test_cigna_0261 import procedure
from tests.cards.test_transplant_history import grafts, history


@pytest.mark.parametrize(
    "text",
    [
        "On waiting list for allogeneic HCT",
        "Donor identified for allogeneic transplant",
        "Allogeneic transplant donor search",
        "Allogeneic transplant postponed",
        "Allogeneic HCT was aborted",
        "Allogeneic HCT on hold",
        "Allogeneic HCT not yet done",
        "Pre-allogeneic transplant",
        "Allogeneic stem cell transplant in 2027",
        "Allogeneic HCT in March 2027",
        "Allogeneic HCT 2026-12-15",
        "Allogeneic HCT 12/15/2026",
    ],
)
def test_a_transplant_that_was_not_done(text: str) -> None:
    """What is waited for, put off, or dated after the review is no earlier transplant."""
    found = [history(procedure(text)), history(condition("problem", text))]
    assert [[], []] == list(map(grafts, found))


@pytest.mark.parametrize(
    "text",
    [
        "Allogeneic HCT 2025",
        "Allogeneic HCT in March 2025",
        "Allogeneic HCT 2025-03-11",
        "Allogeneic HCT 03/11/2025",
        "Allogeneic HCT (2026)",
        "Allogeneic HCT postponed, then done 2025-06-10",
        "Allogeneic HCT, delayed engraftment",
        "Allogeneic transplant, MRN 2027",
    ],
)
def test_a_transplant_that_was_done(text: str) -> None:
    """A day that is past, and what was put off and then done, tell of a transplant."""
    assert ["allogeneic"] == grafts(history(condition("problem", text)))


@pytest.mark.parametrize(
    "text",
    [
        "Allogeneic HCT, myeloablative conditioning",
        "Allogeneic HCT with RIC conditioning",
        "Allogeneic HCT after FLU/MEL conditioning",
        "Allogeneic HCT (reduced-intensity conditioning)",
        "Allogeneic HCT - Bu4/Cy conditioning",
        "Allogeneic HCT, unrelated donor, with myeloablative conditioning regimen",
        "Allogeneic HCT after fludarabine and melphalan conditioning",
    ],
)
def test_a_transplant_named_with_its_conditioning(text: str) -> None:
    """What it was done after tells how it was done, and makes the procedure no other."""
    assert ["allogeneic"] == grafts(history(procedure(text)))


@pytest.mark.parametrize(
    "text",
    [
        "Allogeneic HCT conditioning",
        "Allogeneic HCT, conditioning chemotherapy",
        "RIC conditioning, allogeneic HCT",
        "Admission for FLU, RIC conditioning, allogeneic HCT",
        "FLU/MEL conditioning before allogeneic HCT",
        "Allogeneic HCT clinic visit after RIC conditioning",
    ],
)
def test_conditioning_as_the_procedure_is_no_transplant(text: str) -> None:
    """The drugs that are given before a transplant do not show that it was done."""
    assert [] == grafts(history(procedure(text)))
