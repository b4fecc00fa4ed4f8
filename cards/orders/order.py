"""One draft order as it was read: what it asks for, and what it and its siblings name."""

from dataclasses import dataclass
from typing import Any

from cards.orders.items import NamedProduct
from cards.record.chart import Resource
from cards.values.coding import Concept


@dataclass(frozen=True)
class Order:
    """One draft order that may concern a policy.

    *grafts* holds every graft type that the order may mean: one where it is stated, both where
    it is not, or where code and text contradict each other. *beside* is all that is
    ordered in the same signing. *products* are those that it or a sibling of the same signing
    names, and *unread* Devices that may name one and could not be read. *encounter* is the
    reference of the encounter it is for.
    """

    resource: Resource
    reference: str
    service: str
    therapy: str
    step: str
    name: str
    grafts: frozenset[str] = frozenset()
    grafts_contradict: bool = False
    reasons: tuple[Any, ...] = ()
    matched_by_text: bool = False
    referral: bool = False
    trial: str | None = None
    products: tuple[NamedProduct, ...] = ()
    unread: tuple[str, ...] = ()
    encounter: str | None = None
    beside: tuple[Concept, ...] = ()

    @property
    def has_id(self) -> bool:
        """Whether the draft can be referred to."""
        return not self.reference.endswith("/?")
