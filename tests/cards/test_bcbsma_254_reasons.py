"""BCBSMA 254, cells that are ordered without a site: the order's reason may show it."""

from typing import Any

import pytest

from cards.values.coding import ICD_10_CM, SNOMED_CT
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


MESENCHYMAL = "Mesenchymal stem cell injection"
UNLISTED = (
    "M05.79", "M12.561", "M62.151", "M79.671", "M88.9", "M90.551", "S93.401A", "T84.018A",
    "T84.84XA", "Z96.651",
)  # fmt: skip
ELSEWHERE = ("I50.9", "G35", "D89.811", "T86.09", "M32.9", "K50.90", "C92.01")


@pytest.mark.parametrize(
    "reason",
    ["back pain", "low back pain", "neck pain", "DJD", "DDD L4-5", "spondylosis", "sciatica",
     "plantar fasciitis", "osteoporosis", "sports injury"],
)  # fmt: skip
@pytest.mark.parametrize("title", [MESENCHYMAL, "Stem cell injection"])
def test_reasons_in_the_words_of_orthopedics(title: str, reason: str) -> None:
    """A disease of back, bones, joints or tendons is an orthopedic reason by its usual names."""
    assert [("bcbs-massachusetts/254", "investigational")] == judged(request(title, reason))


@pytest.mark.parametrize(
    "reason",
    [*((ICD_10_CM, code) for code in UNLISTED), (SNOMED_CT, "279039007"), "pain"],
)  # fmt: skip
def test_a_reason_that_is_not_known_is_asked_about(reason: str | tuple[str, str]) -> None:
    """What may be a disease of bones or joints leaves the use of mesenchymal cells open."""
    assert [("bcbs-massachusetts/254", "needs-information")] == judged(request(MESENCHYMAL, reason))


@pytest.mark.parametrize("code", ["M79.671", "S93.401A"])
def test_stem_cells_for_bones_or_an_injury_are_ours(code: str) -> None:
    """A code of bones or injuries that is not listed asks what cells without a site are for."""
    order = request("Stem cell injection", (ICD_10_CM, code))
    assert [("bcbs-massachusetts/254", "needs-information")] == judged(order)


@pytest.mark.parametrize(
    "reason",
    [*((ICD_10_CM, code) for code in ELSEWHERE), "GVHD", "lupus",
     "heart failure", "Acute myeloid leukemia", "Parkinson's disease"],
)  # fmt: skip
def test_a_reason_of_another_organ_is_none_of_ours(reason: str | tuple[str, str]) -> None:
    """Mesenchymal cells for another organ, or for what is transplanted for, are no concern."""
    assert [] == judged(request(MESENCHYMAL, reason))


def test_one_of_several_reasons_may_be_orthopedic() -> None:
    """A reason that is not known stays open beside one of another organ."""
    order = request(MESENCHYMAL, (ICD_10_CM, "I10"), (ICD_10_CM, "M79.671"))
    assert [("bcbs-massachusetts/254", "needs-information")] == judged(order)
