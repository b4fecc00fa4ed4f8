"""One order as it is drafted: which service it asks for, of which graft, for what reason."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cards.clinical import Clinical
from cards.clinical.services import Service
from cards.orders.free_text import (
    is_beside_a_transplant,
    is_referral,
    names_service,
    read_texts,
    resembles_transplant,
    says_more_than_an_order,
    stated_purpose,
)
from cards.orders.grafts import grafts_in, grafts_in_note
from cards.orders.items import NamedProduct, detail_texts, products_in, unread_devices
from cards.orders.order import Order
from cards.orders.products import product_service
from cards.orders.siblings import with_products
from cards.orders.trial import trial_in_order
from cards.record.chart import Resource, reference_of, relative_reference
from cards.record.topics import topic_for
from cards.values.coding import Concept

_RESEMBLANCE = ("resemblance",)


@dataclass(frozen=True)
class OrderReader:
    """What each draft of one signing is read with."""

    clinical: Clinical
    devices: tuple[Resource, ...]
    encounter_id: str | None

    def order(self, resource: Resource, concept: Concept) -> Order | None:
        """Return the order for *concept*; None where it is of no known therapy."""
        match = _service_of(concept, self.clinical) or _service_by_remark(
            resource, concept, self.clinical
        )
        coded = match is not None and not match[2] and match[1].therapy is not None
        reads_products = not coded or (match is not None and match[1].names_products)
        products: tuple[NamedProduct, ...] = ()
        if reads_products:
            products = products_in(resource, concept, self.clinical, self.devices, known=coded)
        if match is not None and match[2] and is_beside_a_transplant(resource, concept):
            match = None
        if not coded and products:
            match = (*product_service(self.clinical), True)
        if match is None or match[1].therapy is None:
            return None
        name, service, by_text = match
        order = _order(resource, (name, service), concept, self.clinical, by_text=by_text)
        encounter = _encounter_of(resource, self.encounter_id)
        if not service.names_products:
            return replace(order, encounter=encounter)
        unread = unread_devices(resource, self.devices)
        order = replace(order, encounter=encounter, unread=unread)
        return with_products(order, products, self.clinical)


def is_unmapped(concept: Concept, clinical: Clinical) -> bool:
    """Whether an order that is none of ours reads like a transplant and maps to nothing."""
    return (
        topic_for(concept).concerns(_RESEMBLANCE, resembles_transplant)
        and _service_of(concept, clinical) is None
        and not clinical.local_codes.rules_out(concept)
    )


def _encounter_of(resource: Resource, encounter_id: str | None) -> str | None:
    own = relative_reference(resource.get("encounter") or resource.get("context"))
    if own is not None and own.startswith("Encounter/"):
        return own
    return f"Encounter/{encounter_id}" if encounter_id else None


def _service_of(concept: Concept, clinical: Clinical) -> tuple[str, Service, bool] | None:
    """Return the service by code, or failing that by text, and whether it was by text."""
    # That it is none is remembered: almost every order, of the few thousand that a hospital has.
    is_one = topic_for(concept).concerns(
        ("service", clinical), lambda each: _look_for_service(each, clinical) is not None
    )
    return _look_for_service(concept, clinical) if is_one else None


def _service_by_remark(
    resource: Resource, concept: Concept, clinical: Clinical
) -> tuple[str, Service, bool] | None:
    """Return the service that the remarks name, where the code leaves open which it is."""
    if not any(_may_be(each, concept, clinical) for each in clinical.services.values()):
        return None
    return _service_of(replace(concept, texts=tuple(detail_texts(resource))), clinical)


def _may_be(service: Service, concept: Concept, clinical: Clinical) -> bool:
    return any(clinical.value_sets[each].holds_any(concept) for each in service.codes_with_words)


def _look_for_service(concept: Concept, clinical: Clinical) -> tuple[str, Service, bool] | None:
    for name, service in clinical.services.items():
        if any(clinical.value_sets[each].holds_any(concept) for each in service.codes):
            return name, service, False
    if clinical.local_codes.rules_out(concept):
        return None
    texts = read_texts(concept)
    listed = clinical.services.items()
    shared = [each for each in listed if _may_be(each[1], concept, clinical)]
    for name, service in shared or listed:
        if any(names_service(texts, wanted, clinical.disease_words) for wanted in service.words):
            return name, service, True
    return None


def _order(
    resource: Resource,
    ordered: tuple[str, Service],
    concept: Concept,
    clinical: Clinical,
    *,
    by_text: bool,
) -> Order:
    name, service = ordered
    details = tuple(detail_texts(resource))
    stated = frozenset() if by_text else frozenset(_coded_grafts(concept, clinical))
    # A text that names both types states neither: so does the long name of HCPCS S2150.
    written = frozenset().union(
        *(named for each in concept.texts if len(named := grafts_in(each)) == 1)
    )
    if by_text and service.graft is not None and not any(map(grafts_in, concept.texts)):
        written = frozenset({service.graft})
    grafts = stated | written or frozenset().union(*map(grafts_in_note, details))
    return Order(
        resource=resource,
        reference=reference_of(resource),
        service=name,
        therapy=service.therapy or "",
        step=service.step,
        name=service.name,
        grafts=grafts,
        grafts_contradict=len(grafts) > 1,
        reasons=tuple(_reasons(resource)) or tuple(_purposes(concept, clinical, by_text=by_text)),
        matched_by_text=by_text,
        referral=is_referral(resource, concept),
        trial=trial_in_order(resource),
    )


def _coded_grafts(concept: Concept, clinical: Clinical) -> Iterator[str]:
    """Yield the graft type of every service that a code names: codes may contradict each other."""
    for service in clinical.services.values():
        coded = any(clinical.value_sets[each].holds_any(concept) for each in service.codes)
        if coded and service.graft is not None:
            yield service.graft


def _reasons(resource: Resource) -> Iterator[Any]:
    for element in ("reasonCode", "reasonReference"):
        written = resource.get(element)
        yield from written if isinstance(written, list) else [] if written is None else [written]


def _purposes(concept: Concept, clinical: Clinical, *, by_text: bool) -> Iterator[dict[str, str]]:
    """Yield the disease that an order without a reason names in its own text, as a reason."""
    for each in concept.texts:
        purpose = stated_purpose(each)
        if not purpose:
            continue
        is_known = bool(clinical.indications_of(Concept(texts=(purpose,))))
        # For a disease that no policy knows, the record is not searched for another one.
        if is_known or (by_text and says_more_than_an_order(purpose)):
            yield {"text": purpose}
