"""What an order asks for beyond its code: its texts, the devices it points to, its products."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cards.clinical import Clinical
from cards.orders.name_places import folded
from cards.orders.product_text import is_ordered_by, senses_in
from cards.record.chart import Resource, reference_of, relative_reference
from cards.record.topics import topic_for
from cards.values.coding import CPT, LOINC, Concept, read_concept
from cards.values.text import Mention

_CONCEPTS = ("code", "codeCodeableConcept", "itemCodeableConcept", "medicationCodeableConcept")
_REFERENCES = ("codeReference", "itemReference", "medicationReference")
_SUPPLIES = frozenset({"DeviceRequest", "SupplyRequest"})
# CPT keeps radiology, pathology and laboratory, and medicine in sections by first digit; none of
# them places a graft. In medicine, only an injection or infusion may.
_LOOKING, _MEDICINE = ("7", "8"), "9"
_INJECTIONS = ("963", "964", "965")
# Surgery of the musculoskeletal system, but for its casts and splints.
_BONES, _CASTS = "2", ("290", "291", "292", "293", "294", "295", "296", "297")
_CPT_NUMBER = re.compile(r"\d{5}")
_CATEGORIES = ("imaging", "laboratory", "radiology", "pathology", "physical therapy", "education")
# How the text of an order begins that looks or treats and places nothing.
_LOOKS = re.compile(
    r"\s*(?:(?:portable|stat|outpatient|follow up|repeat|plain|standing"
    r"|(?:post|pre) ?op(?:erative)?)\s+)*"
    r"(?:mri|mr|ct|cta|xr|x ?rays?|radiographs?|films?|dexa|dxa|bone (?:scan|density)|emg"
    r"|ecg|ekg|eeg|chest x ?ray|stress test|spirometry|cbc|type and (?:screen|cross)"
    r"|arthrogram|ultrasound(?! guided| guidance)|us(?! guided)|echo|pathology|culture|labs?"
    r"|physical therapy|pt|ot|occupational therapy|home (?:health|exercise)|brace"
    r"|bone marrow biopsy|flow cytometry)\b"
)

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
    is_title: bool


def ordered_concept(resource: Resource) -> Concept:
    """Return what is ordered, wherever its type of resource keeps it."""
    concepts = [read_concept(resource[each]) for each in _CONCEPTS if each in resource]
    if len(concepts) == 1:
        return concepts[0]
    return Concept(
        tuple(coding for concept in concepts for coding in concept.codings),
        tuple(each for concept in concepts for each in concept.texts),
    )


def detail_texts(resource: Resource) -> Iterator[str]:
    """Yield the texts of an order's details, parameters, notes and instructions."""
    yield from _details(resource)
    if isinstance(resource.get("patientInstruction"), str):
        yield resource["patientInstruction"]


def _details(resource: Resource) -> Iterator[str]:
    for detail in _listed(resource.get("orderDetail")):
        yield from read_concept(detail).texts
    for parameter in _listed(resource.get("parameter")):
        if isinstance(parameter, Mapping):
            yield from read_concept(parameter.get("valueCodeableConcept")).texts
    for note in _listed(resource.get("note")):
        if isinstance(note, Mapping) and isinstance(note.get("text"), str):
            yield note["text"]


def devices_referred_to(draft_orders: Iterable[Any]) -> tuple[str, ...]:
    """Return the Devices that draft orders ask for and do not hold, each once, as `Device/id`."""
    listed = [each for each in draft_orders if isinstance(each, Mapping)]
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
    for element in _REFERENCES:
        yield from _listed(resource.get(element))
    # A coded order may have the product beside it; elsewhere it may be any implant of old.
    yield from _listed(resource.get("supportingInfo"))


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
    counts. Else only what makes it an order for that product.
    """
    if not known and _only_looks(resource, concept):
        return ()
    coded_medicine = any(
        _cpt_section(each.system, each.code) == _MEDICINE for each in concept.codings
    )
    in_graft = _places_graft(concept, clinical)
    texts = [
        each
        for each in _texts(resource, concept, devices, with_devices_beside=known)
        if each.is_title or not coded_medicine
    ]
    found = []
    for each in texts:
        for name, sense in _senses_in(each.text, clinical, in_graft=in_graft).items():
            product = clinical.products[name]
            ordered = is_ordered_by(each.text, product) and sense is not Mention.NEGATED
            # A doubt in a remark orders nothing.
            ordered = ordered and (sense is Mention.PRESENT or each.is_title)
            if known or ordered:
                found.append(NamedProduct(name, sense, each.reference, each.text))
    return tuple(found)


def _senses_in(text: str, clinical: Clinical, *, in_graft: bool) -> Mapping[str, Mention]:
    # That a text names no product is remembered: so it is for almost every order and remark.
    names_any = topic_for(Concept(texts=(text,))).concerns(
        ("products", clinical), lambda _: bool(senses_in(text, clinical.products, in_graft=True))
    )
    return senses_in(text, clinical.products, in_graft=in_graft) if names_any else {}


def _places_graft(concept: Concept, clinical: Clinical) -> bool:
    """Whether an order is coded as one that may place a graft: a graft, or surgery on bones."""
    grafts = (
        name
        for service in clinical.services.values()
        if service.names_products
        for name in service.codes
    )
    return any(clinical.value_sets[name].holds_any(concept) for name in grafts) or any(
        _cpt_section(each.system, each.code) == _BONES and not each.code.startswith(_CASTS)
        for each in concept.codings
    )


def _only_looks(resource: Resource, concept: Concept) -> bool:
    """Whether an order is for imaging, a test or an exercise, and so places nothing."""
    if any(
        each.system == LOINC or _cpt_section(each.system, each.code) in _LOOKING
        for each in concept.codings
    ):
        return True
    if any(
        _cpt_section(each.system, each.code) == _MEDICINE and not each.code.startswith(_INJECTIONS)
        for each in concept.codings
    ):
        return True
    categories = [read_concept(each) for each in _listed(resource.get("category"))]
    named = {text.lower() for each in categories for text in each.texts}
    if any(word in text for text in named for word in _CATEGORIES):
        return True
    return any(_LOOKS.match(folded(each)) for each in concept.texts)


def _cpt_section(system: str, code: str) -> str | None:
    return code[0] if system == CPT and _CPT_NUMBER.fullmatch(code) else None


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
    for text in _details(resource):
        yield _Text(own, text, is_title=False)
    elements = (*_REFERENCES, *(("supportingInfo",) if with_devices_beside else ()))
    for reference in (item for element in elements for item in _listed(resource.get(element))):
        yield from _of_reference(reference, resource, devices)


def _of_reference(
    reference: Any, resource: Resource, devices: Sequence[Resource]
) -> Iterator[_Text]:
    if not isinstance(reference, Mapping):
        return
    owner = reference_of(resource)
    if isinstance(reference.get("display"), str):
        yield _Text(owner, reference["display"], is_title=True)
    written = reference.get("reference")
    found: Any = None
    if isinstance(written, str) and written.startswith("#"):
        contained = (
            item for item in _listed(resource.get("contained")) if isinstance(item, Mapping)
        )
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
    holders = [device, *(each for part in parts for each in _listed(device.get(part)))]
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
        if isinstance(holder, Mapping):
            yield from (each for key in keys if isinstance(each := holder.get(key), str))


def is_for_other_site(text: str) -> bool:
    """Whether a text places a graft somewhere else than in the spine."""
    return bool(_LIMBS.search(folded(text))) and not _SPINE.search(folded(text))


def is_supply(resource: Resource) -> bool:
    """Whether an order asks for a thing rather than for a service."""
    return resource.get("resourceType") in _SUPPLIES


def _listed(element: Any) -> list[Any]:
    return element if isinstance(element, list) else [] if element is None else [element]
