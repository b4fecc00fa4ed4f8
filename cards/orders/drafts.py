"""Draft orders: which of them concern a policy."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import msgspec

from cards.clinical import Clinical
from cards.orders.items import (
    REFERENCES,
    is_supply,
    ordered_concept,
    products_in,
    reason_may_decide,
    unread_devices,
)
from cards.orders.order import Order
from cards.orders.reading import OrderReader, is_unmapped
from cards.orders.siblings import Supplies, together, with_siblings
from cards.record.chart import Resource, belongs_to
from cards.values.coding import Coding, Concept, preferred_system, read_code

ORDER_TYPES = frozenset(
    {"ServiceRequest", "ProcedureRequest", "MedicationRequest", "DeviceRequest", "SupplyRequest"}
)
_CLOSED = frozenset({"completed", "revoked", "entered-in-error", "cancelled", "stopped"})
_ELSEWHERE = frozenset({
    "authoredOn", "context", "encounter", "id", "identifier", "meta", "occurrenceDateTime",
    "occurrencePeriod", "performer", "reasonCode", "reasonReference", "requester", "subject",
})  # fmt: skip
"""Elements that tell whose an order is, when and why: none makes it one of ours, but for a reason
that shows the use of a product (`reason_may_decide`)."""

_LEADING_ON = frozenset({*REFERENCES, "supportingInfo", "contained"})
_LONGEST_REMEMBERED = 2000
_CODE_SHAPED = re.compile(r"[A-Za-z0-9._\-]{1,20}")


@dataclass(frozen=True)
class OrderSelection:
    """The orders that concern us, and what was left out on purpose."""

    orders: tuple[Order, ...] = ()
    other_patient: int = 0
    unmapped: tuple[tuple[str | None, str | None], ...] = field(default=())


def read_orders(  # noqa: PLR0913  what one signing is read with
    clinical: Clinical,
    draft_orders: Sequence[Any],
    patient_id: str,
    devices: Sequence[Resource] = (),
    encounter_id: str | None = None,
    *,
    between: Callable[[], None] = lambda: None,
) -> OrderSelection:
    """Return the orders of known therapies among *draft_orders*, in their order.

    Left out: closed orders, orders not to perform something, and orders of another patient,
    which are counted. Orders that read like a transplant and map to nothing are listed by
    system and code; the code only where it is shaped like one, as a text may name a person.

    *devices* are Devices that the orders refer to (`order_items.devices_referred_to`), and
    *encounter_id* is the encounter of those that name none. *between* is called before each order:
    what it raises ends the reading.
    """
    here = [each for each in draft_orders if isinstance(each, dict)]
    reading = OrderReader(clinical, (*here, *devices), encounter_id)
    orders: list[Order] = []
    supplies = Supplies()
    unmapped: list[tuple[str | None, str | None]] = []
    beside: list[Resource] = []
    others = 0
    for resource in draft_orders:
        between()
        if not _is_open(resource):
            continue
        if not belongs_to(resource, patient_id):
            others += 1
            continue
        beside.append(resource)
        if _is_known_for_none(resource, clinical):
            continue
        concept = _ordered(resource, clinical)
        order = reading.order(resource, concept)
        if order is not None:
            # Some EHRs send an order again with each that is added to the signing.
            if all(order.resource != each.resource for each in orders):
                orders.append(order)
        elif is_unmapped(concept, clinical):
            unmapped.append(_anonymous(concept))
        if is_supply(resource):
            supplies.named += products_in(resource, concept, clinical, reading.devices, known=True)
            supplies.unread += unread_devices(resource, reading.devices)
    if not orders:
        return OrderSelection((), others, tuple(unmapped))
    concepts = tuple(_ordered(each, clinical) for each in beside)
    shared = (
        replace(with_siblings(order, orders, supplies, clinical), beside=concepts)
        for order in together(orders)
    )
    return OrderSelection(tuple(shared), others, tuple(unmapped))


def _ordered(resource: Resource, clinical: Clinical) -> Concept:
    return clinical.local_codes.translated(ordered_concept(resource))


def _is_known_for_none(resource: Resource, clinical: Clinical) -> bool:
    """Whether an order that says the same was none of ours: almost every one that is signed."""
    if is_supply(resource) or not _LEADING_ON.isdisjoint(resource):
        return False
    said = {name: each for name, each in resource.items() if name not in _ELSEWHERE}
    as_json = msgspec.json.encode(said)
    return len(as_json) <= _LONGEST_REMEMBERED and _is_none_of_ours(as_json, clinical)


@lru_cache(maxsize=4096)
def _is_none_of_ours(as_json: bytes, clinical: Clinical) -> bool:
    resource = msgspec.json.decode(as_json)
    concept = _ordered(resource, clinical)
    none = OrderReader(clinical, (), None).order(resource, concept) is None
    if reason_may_decide(concept, clinical):
        return False
    return none and not is_unmapped(concept, clinical)


def _is_open(resource: Any) -> bool:
    return (
        isinstance(resource, dict)
        and read_code(resource.get("resourceType")) in ORDER_TYPES
        and (read_code(resource.get("status")) or "").lower() not in _CLOSED
        and resource.get("doNotPerform") not in (True, "true")
    )


def _anonymous(concept: Concept) -> tuple[str | None, str | None]:
    coding = next(iter(concept.codings), Coding("", ""))
    code = coding.code if _CODE_SHAPED.fullmatch(coding.code) else None
    return (preferred_system(coding.system) or None, code)
