"""Cigna 0261: the state is that of the disease the cells are for, since the transplant."""

import pytest

from cards.values.coding import ICD_10_CM, SNOMED_CT
from tests.cards.building import Json, condition, observation, request
from tests.cards.test_cigna_0261 import (
    ALLO,
    AML_IN_REMISSION,
    DISEASE_STATUS,
    FOLLOWS,
    LYMPHOCYTES,
    MET,
    UNKNOWN,
    judged,
    titled,
)

REMISSION = condition("disease", AML_IN_REMISSION, "remission", recordedDate="2026-06-01")
BY_REFERENCE = request(LYMPHOCYTES, reasonReference=[{"reference": "Condition/disease"}])
MYELOMA_AGAIN = [
    condition("myeloma", (ICD_10_CM, "C90.02")),
    condition("myeloma", (SNOMED_CT, "109989006"), "relapse"),
    condition("myeloma", (SNOMED_CT, "452291000124109")),
    condition("myeloma", "Relapsed multiple myeloma"),
]


@pytest.mark.parametrize("other", MYELOMA_AGAIN)
@pytest.mark.parametrize(
    ("expected", "order"),
    [
        (UNKNOWN, BY_REFERENCE),
        (UNKNOWN, request(LYMPHOCYTES, "AML")),
        (UNKNOWN, request(LYMPHOCYTES, AML_IN_REMISSION)),
        (UNKNOWN, request(LYMPHOCYTES)),
        (MET, request(LYMPHOCYTES, "Multiple myeloma")),
        (MET, request(LYMPHOCYTES, (ICD_10_CM, "C90.00"))),
    ],
)
def test_what_relapses_is_what_the_cells_are_for(expected: str, order: Json, other: Json) -> None:
    """A myeloma that is back tells nothing of the leukemia that is the reason, or may be it."""
    assert FOLLOWS[expected] == judged(order, ALLO, REMISSION, other).determination


@pytest.mark.parametrize(
    ("expected", "listed"),
    [
        (MET, "Relapsed leukemia"),
        (MET, "Relapsed myelodysplastic syndrome"),
        (MET, "Acute promyelocytic leukemia in relapse"),
        (UNKNOWN, "Relapsed chronic myeloid leukemia"),
        (UNKNOWN, "Relapsed lymphoblastic leukemia"),
        (UNKNOWN, "Relapsed DLBCL"),
    ],
)
def test_a_disease_that_may_be_the_same_counts(expected: str, listed: str) -> None:
    """What is no other disease for certain, or one that turns into it, is the reason's own."""
    one = judged(request(LYMPHOCYTES, "AML"), ALLO, condition("again", listed))
    assert FOLLOWS[expected] == one.determination


@pytest.mark.parametrize(("expected", "focus"), [(UNKNOWN, "myeloma"), (MET, "disease")])
def test_a_status_is_that_of_its_focus(expected: str, focus: str) -> None:
    """The disease that an observed status has as its focus is the one that it tells of."""
    leukemia = condition("disease", "AML", recordedDate="2026-06-01")
    myeloma = condition("myeloma", (ICD_10_CM, "C90.00"), "inactive")
    about = [{"reference": f"Condition/{focus}"}]
    seen = observation("status", DISEASE_STATUS, "refractory", focus=about)
    one = judged(BY_REFERENCE, ALLO, leukemia, myeloma, seen)
    assert FOLLOWS[expected] == one.determination


@pytest.mark.parametrize(
    ("expected", "title"),
    [(UNKNOWN, "DLI; earlier relapsed myeloma"), (MET, "DLI for relapsed AML"), (MET, "Relapse")],
)
def test_the_order_may_name_another_disease_besides(expected: str, title: str) -> None:
    """Words of the order on another malignancy than its reason tell nothing of the reason."""
    one = judged(titled(LYMPHOCYTES, title, "AML"), ALLO, condition("disease", "AML"))
    assert FOLLOWS[expected] == one.determination
