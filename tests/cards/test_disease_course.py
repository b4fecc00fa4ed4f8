"""The course of a leukemia, as the order's own reason tells it beside the record."""

import pytest

from cards.history.disease_course import course
from cards.values.coding import ICD_10_CM
from cards.view import View
from tests.cards.building import (
    AS_OF,
    AUTOLOGOUS,
    chart,
    concept,
    condition,
    library,
    orders,
    request,
)

IN_REMISSION = (ICD_10_CM, "C91.01")
DISEASES = frozenset({"acute-lymphoblastic-leukemia"})


@pytest.mark.parametrize(
    ("written", "states"),
    [
        ("ALL in second complete remission (CR2)", {"later-remission"}),
        ("ALL in CR1", {"first-remission"}),
        ("ALL in remission", {"first-remission", "later-remission"}),
    ],
)
def test_the_reason_tells_the_number_of_the_remission(written: str, states: set[str]) -> None:
    """No code numbers a remission: the words of the order do, where the record does not."""
    draft = request(AUTOLOGOUS) | {"reasonCode": [concept(IN_REMISSION, text=written)]}
    (order,) = orders(draft)
    view = View(order, chart([condition("c", IN_REMISSION)]), library().clinical, AS_OF)

    assert states == course(view, DISEASES).states


def test_a_reason_that_contradicts_the_record_leaves_both_open() -> None:
    """The record numbers the remission otherwise: one of the two is wrong."""
    draft = request(AUTOLOGOUS) | {"reasonCode": [concept(IN_REMISSION, text="ALL in CR2")]}
    (order,) = orders(draft)
    first = condition("c", "Acute lymphoblastic leukemia in first remission")
    view = View(order, chart([first]), library().clinical, AS_OF)

    assert {"first-remission", "later-remission"} == course(view, DISEASES).states
