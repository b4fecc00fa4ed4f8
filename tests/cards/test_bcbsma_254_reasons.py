"""BCBSMA 254, cells that are ordered without a site: the order's reason may show it."""

from typing import Any

import pytest

from cards.values.coding import ICD_10_CM
from tests.cards.building import Json, concept, coverage, findings, request

MEMBER = coverage("coverage", "Blue Cross Blue Shield of Massachusetts")
KNEE = (ICD_10_CM, "M17.11")
LEUKEMIA = (ICD_10_CM, "C92.01")


def judged(order: Json) -> list[tuple[str, str]]:
    """Return policy and determination of every finding for a member."""
    return [
        (each.policy.id, each.determination)
        for each in findings([MEMBER], order, matching="strict")
    ]


@pytest.mark.parametrize("title", ["Stem cell injection", "Stem cell therapy"])
@pytest.mark.parametrize(
    "reason",
    [
        {"reasonCode": [concept(KNEE)]},
        {"reasonCode": [concept((ICD_10_CM, "M51.36"))]},
        {"reasonCode": [concept((ICD_10_CM, "M75.101"))]},
        {"reasonCode": [concept(text="Osteoarthritis of the knee")]},
        {"reasonReference": [{"reference": "Condition/c", "display": "Osteoarthritis, knee"}]},
    ],
)
def test_a_reason_shows_where_the_cells_go(title: str, reason: dict[str, Any]) -> None:
    """Cells for a joint, a disc or a tendon are an orthopedic use, though the title names none."""
    assert [("bcbs-massachusetts/254", "investigational")] == judged(request(title, **reason))


@pytest.mark.parametrize(
    "order",
    [
        request("Stem cell injection"),
        request("Stem cell injection", LEUKEMIA),
        request("Stem cell injection", KNEE, LEUKEMIA),
        request("Stem cell injection", (ICD_10_CM, "M32.9")),
        request("Stem cell injection", "Rheumatoid arthritis"),
        request("Stem cell injection", (ICD_10_CM, "I10")),
        request("Stem cell count", KNEE),
        request("Physical therapy", KNEE),
    ],
)
def test_other_reasons_and_other_orders_are_none_of_ours(order: Json) -> None:
    """The reason shows the use of cells that are ordered, and makes nothing else orthopedic."""
    assert [] == judged(order)


def test_an_order_is_not_forgotten_for_its_reason() -> None:
    """What was none of ours for one reason is looked at anew for another."""
    first, second = (judged(request("Stem cell therapy", each)) for each in (LEUKEMIA, KNEE))
    assert (0, 1) == (len(first), len(second))


def test_a_transplant_for_a_joint_stays_a_transplant() -> None:
    """Its name is that of another therapy, whatever the bones of the patient are like."""
    assert [] == judged(request("Allogeneic stem cell transplant", LEUKEMIA, KNEE))
