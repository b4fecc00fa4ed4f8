"""Reads draft orders as EHRs write them, before `cards` looks for those that concern a policy."""

from collections.abc import Mapping, Sequence
from typing import Any

from cards.record.chart import (
    Resource,
    listed,
    own_reference,
    reference_of,
    relative_reference,
)

_LEFT = frozenset({"subject", "patient", "reasonReference"})
"""Whose order it is is not read by it, and a reason that cannot be read has to be seen as one."""

_REFERENCE, _CONCEPT = "medicationReference", "medicationCodeableConcept"


def with_own_references(draft_orders: Sequence[Resource], server: str | None) -> list[Resource]:
    """Return the orders, with a reference to another server than *server* by its display only.

    What bears the same id on *server* is something else.
    """
    if server is None:
        return list(draft_orders)
    return [
        {
            name: value if name in _LEFT else _own_only(value, server)
            for name, value in order.items()
        }
        for order in draft_orders
    ]


def _own_only(value: Any, server: str) -> Any:
    if not any(_leads_elsewhere(each, server) for each in listed(value)):
        return value
    kept = [
        {name: part for name, part in each.items() if name != "reference"}
        if _leads_elsewhere(each, server)
        else each
        for each in listed(value)
    ]
    return kept if isinstance(value, list) else kept[0]


def _leads_elsewhere(value: Any, server: str) -> bool:
    return (
        isinstance(value, dict)
        and "reference" in value
        and relative_reference(value) is not None
        and own_reference(value, server) is None
    )


def with_medications(draft_orders: Sequence[Resource]) -> list[Resource]:
    """Return the orders, each with the drug that it only refers to.

    Some EHRs send the `Medication` as an entry of its own among the orders, others within the
    order. The result is for reading: what is sent back to an EHR is the order as it came.
    """
    medications = {
        reference_of(each): each
        for each in draft_orders
        if each.get("resourceType") == "Medication"
    }
    return [_with_medication(order, medications) for order in draft_orders]


def _with_medication(order: Resource, medications: Mapping[str, Resource]) -> Resource:
    reference = order.get(_REFERENCE)
    if not isinstance(reference, dict) or _CONCEPT in order:
        return order
    medication = _contained(order, reference.get("reference"))
    if medication is None:
        medication = medications.get(relative_reference(reference) or "")
    concept = medication.get("code") if medication is not None else None
    if concept is None:
        concept = {"text": reference.get("display")}
    return {**order, _CONCEPT: concept}


def _contained(order: Resource, written: Any) -> Resource | None:
    listed = order.get("contained")
    if not isinstance(written, str) or not isinstance(listed, list):
        return None
    inner = (each for each in listed if isinstance(each, dict))
    return next((each for each in inner if f"#{each.get('id')}" == written), None)
