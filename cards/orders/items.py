"""What an order asks for beyond its code: its texts, the devices it points to, its products."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cards.clinical import Clinical
from cards.orders.name_places import folded
from cards.orders.placing import (
    MEDICINE,
    SUPPLIES,
    cpt_section,
    listed,
    note_may_name_a_product,
    only_looks,
    places_graft,
)
from cards.orders.product_text import is_ordered_by, senses_in
from cards.orders.product_titles import orders_it
from cards.orders.uses import is_for_a_use
from cards.record.chart import Resource, reference_of, relative_reference
from cards.record.topics import topic_for
from cards.values.coding import Concept, read_concept
from cards.values.text import Mention

ORDERED = ("code", "codeCodeableConcept", "itemCodeableConcept", "medicationCodeableConcept")
REFERENCES = ("codeReference", "itemReference", "medicationReference")
# More than anybody writes with an order; what goes on for longer was pasted into it.
_MOST_NOTES = 50
_LONGEST_NOTE = 4000
_LIMBS = re.compile(
    r"\b(?:ankles?|knees?|hips?|shoulders?|elbows?|wrists?|thumbs?|fingers?|hands?|foot|feet|toes?"
    r"|heels?|hallux|hindfoot|midfoot|forefoot|subtalar|talus|talar|calcane\w*|tibia\w*|fibula\w*"
    r"|femur|femoral|humer\w+|radius|ulna\w*|scaphoid|metatars\w+|metacarp\w+|clavic\w+|patell\w+"
    r"|acetabul\w+|jaw|mandib\w+|maxill\w+|dental|alveolar|sinus lift|crani\w+)\b"
)
_SPINE = re.compile(r"\b(?:spin\w+|lumbar|cervical|thoracic|sacr\w+|interbody|[clst]\d+)\b")


@dataclass(frozen=True, slots=True)
class NamedProduct:
    """A product or material that a text speaks of: which, in which sense, and where."""

    name: str
    sense: Mention
    reference: str
    text: str


@dataclass(frozen=True, slots=True)
class _Text:
    reference: str
    text: str
    is_title: bool = False
    is_note: bool = False


def ordered_concept(resource: Resource) -> Concept:
    """Return what is ordered, wherever its type of resource keeps it."""
    concepts = [read_concept(resource[each]) for each in ORDERED if each in resource]
    if len(concepts) == 1:
        return concepts[0]
    return Concept(
        tuple(coding for concept in concepts for coding in concept.codings),
        tuple(each for concept in concepts for each in concept.texts),
    )


def detail_texts(resource: Resource) -> Iterator[str]:
    """Yield the texts of an order's details, parameters, notes and instructions."""
    yield from _order_details(resource)
    yield from _notes(resource)
    if isinstance(resource.get("patientInstruction"), str):
        yield resource["patientInstruction"][:_LONGEST_NOTE]


def _order_details(resource: Resource) -> Iterator[str]:
    for detail in listed(resource.get("orderDetail"))[:_MOST_NOTES]:
        yield from read_concept(detail).texts
    for parameter in listed(resource.get("parameter"))[:_MOST_NOTES]:
        if isinstance(parameter, dict):
            yield from read_concept(parameter.get("valueCodeableConcept")).texts


def _notes(resource: Resource) -> Iterator[str]:
    for note in listed(resource.get("note"))[:_MOST_NOTES]:
        if isinstance(note, dict) and isinstance(note.get("text"), str):
            yield note["text"][:_LONGEST_NOTE]


def devices_referred_to(draft_orders: Iterable[Any]) -> tuple[str, ...]:
    """Return the Devices that draft orders ask for and do not hold, each once, as `Device/id`."""
    listed = [each for each in draft_orders if isinstance(each, dict)]
    there = {reference_of(each) for each in listed}
    wanted = (
        relative
        for resource in listed
        for reference in _device_references(resource)
        if (relative := relative_reference(reference)) is not None
        and relative.startswith("Device/")
        and relative not in there
    )
    return tuple(dict.fromkeys(wanted))


def _device_references(resource: Resource) -> Iterator[Any]:
    for element in REFERENCES:
        yield from listed(resource.get(element))
    # A coded order may have the product beside it; elsewhere it may be any implant of old.
    yield from listed(resource.get("supportingInfo"))


def unread_devices(resource: Resource, devices: Sequence[Resource]) -> tuple[str, ...]:
    """Return the Devices that an order refers to and that were not to be had, as `Device/id`."""
    had = {reference_of(each) for each in devices}
    wanted = map(relative_reference, _device_references(resource))
    return tuple(
        dict.fromkeys(
            each for each in wanted if each and each.startswith("Device/") and each not in had
        )
    )


def products_in(
    resource: Resource,
    concept: Concept,
    clinical: Clinical,
    devices: Sequence[Resource],
    *,
    known: bool,
) -> tuple[NamedProduct, ...]:
    """Return the products and materials that an order for *concept* speaks of.

    *known*: the order is one of ours by its code, so that whatever its text says of a material
    counts. Else nothing does, unless one of them makes it an order for that product.
    """
    if not known and only_looks(resource, concept):
        return ()
    coded_medicine = any(
        cpt_section(each.system, each.code) == MEDICINE for each in concept.codings
    )
    in_graft = places_graft(concept, clinical)
    texts = [
        each
        for each in _texts(resource, concept, devices, with_devices_beside=known)
        if each.is_title or not coded_medicine
        if known or not each.is_note or note_may_name_a_product(each.text, resource, concept)
    ]
    ordered, beside = [], []
    for each in texts:
        for name, sense in _senses_in(each.text, clinical, in_graft=in_graft).items():
            product = clinical.products[name]
            is_ordered = is_ordered_by(each.text, product) or (
                each.is_title and product.by_reason and is_for_a_use(resource, clinical)
            )
            is_ordered = is_ordered and sense is not Mention.NEGATED
            # An operation on bones that is coded says by its code what is ordered.
            if is_ordered and each.is_title and not (known or in_graft):
                is_ordered = orders_it(each.text, product, clinical)
            # A doubt in a remark orders nothing.
            is_ordered = is_ordered and (sense is Mention.PRESENT or each.is_title)
            named = NamedProduct(name, sense, each.reference, each.text)
            if known or is_ordered:
                ordered.append(named)
            elif product.material:
                beside.append(named)
    # What a graft is mixed with tells of it; cells for another use are no graft.
    names_graft = any(clinical.products[each.name].use == "any" for each in ordered)
    return (*ordered, *(beside if names_graft else ()))


def reason_may_decide(concept: Concept, clinical: Clinical) -> bool:
    """Whether an order for *concept* may be one of ours for its reason alone."""
    named = (name for text in concept.texts for name in _senses_in(text, clinical, in_graft=False))
    return any(clinical.products[name].by_reason for name in named)


def _senses_in(text: str, clinical: Clinical, *, in_graft: bool) -> Mapping[str, Mention]:
    # That a text names no product is remembered: so it is for almost every order and remark.
    names_any = topic_for(Concept(texts=(text,))).concerns(
        ("products", clinical), lambda _: bool(senses_in(text, clinical.products, in_graft=True))
    )
    return senses_in(text, clinical.products, in_graft=in_graft) if names_any else {}


def _texts(
    resource: Resource,
    concept: Concept,
    devices: Sequence[Resource],
    *,
    with_devices_beside: bool,
) -> Iterator[_Text]:
    own = reference_of(resource)
    for text in concept.texts:
        yield _Text(own, text, is_title=True)
    for text in _order_details(resource):
        yield _Text(own, text)
    for text in _notes(resource):
        yield _Text(own, text, is_note=True)
    elements = (*REFERENCES, *(("supportingInfo",) if with_devices_beside else ()))
    for reference in (item for element in elements for item in listed(resource.get(element))):
        yield from _of_reference(reference, resource, devices)


def _of_reference(
    reference: Any, resource: Resource, devices: Sequence[Resource]
) -> Iterator[_Text]:
    if not isinstance(reference, dict):
        return
    owner = reference_of(resource)
    if isinstance(reference.get("display"), str):
        yield _Text(owner, reference["display"], is_title=True)
    written = reference.get("reference")
    found: Any = None
    if isinstance(written, str) and written.startswith("#"):
        contained = (item for item in listed(resource.get("contained")) if isinstance(item, dict))
        found = next((item for item in contained if item.get("id") == written[1:]), None)
    else:
        relative = relative_reference(reference)
        found = next((item for item in devices if reference_of(item) == relative), None)
        owner = relative or owner
    if found is not None and _is_usable(found, resource):
        for text in dict.fromkeys(_device_names(found)):
            yield _Text(owner, text, is_title=True)


def _is_usable(device: Resource, order: Resource) -> bool:
    """Whether a Device may tell of an order: it is no mistake, and not in another patient."""
    mine = relative_reference(order.get("subject"))
    its = relative_reference(device.get("patient"))
    return device.get("status") != "entered-in-error" and (None in (mine, its) or mine == its)


def _device_names(device: Resource) -> Iterator[str]:
    """Yield every text of a Device that may name the product, in R4 and its neighbours."""
    for element in ("type", "code", "definition"):
        yield from read_concept(device.get(element)).texts
    parts = ("deviceName", "udiCarrier", "udi", "note", "definition")
    holders = [device, *(each for part in parts for each in listed(device.get(part)))]
    keys = (
        "name",
        "carrierHRF",
        "text",
        "display",
        "displayName",
        "modelNumber",
        "model",
        "version",
    )
    for holder in holders:
        if isinstance(holder, dict):
            yield from (each for key in keys if isinstance(each := holder.get(key), str))


def is_for_other_site(text: str) -> bool:
    """Whether a text places a graft somewhere else than in the spine."""
    return bool(_LIMBS.search(folded(text))) and not _SPINE.search(folded(text))


def is_supply(resource: Resource) -> bool:
    """Whether an order asks for a thing rather than for a service."""
    return resource.get("resourceType") in SUPPLIES
