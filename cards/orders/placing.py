"""Whether an order places anything in a patient: a graft, an implant or an injection."""

import re
from typing import Any

from cards.clinical import Clinical
from cards.orders.name_places import folded
from cards.record.chart import Resource
from cards.values.coding import CPT, LOINC, Concept, read_concept

# CPT keeps radiology, pathology and laboratory, and medicine in sections by first digit; none of
# them places a graft. In medicine, only an injection or infusion may.
_LOOKING, MEDICINE = ("7", "8"), "9"
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
    r"|physical therapy|pt(?! (?:needs?|will|to)\b)|ot|occupational therapy"
    r"|home (?:health|exercise)|brace"
    r"|bone marrow biopsy|flow cytometry)\b"
)

# And how the text of a test ends, whatever it is done on.
_TESTS = re.compile(
    r"\b(?:cell counts?|count|cultures?|smear|cytology|pathology|viability|endotoxin|sterility"
    r"|flow|levels?|labs?|panel)\W*$"
)

SUPPLIES = frozenset({"DeviceRequest", "SupplyRequest"})
# The titles of orders whose notes may name what is placed.
_PLACES = re.compile(
    r"\b(?:(?:arthro)?fusion|arthrodes\w+|graft\w*|\w*graft|implant\w*|inject\w*|repair\w*|reconstruct\w*"
    r"|osteotom\w+|non ?union|orif|surger\w+|surgical|procedure|operat\w+|or case|case request"
    r"|laminectom\w+|discectom\w+|corpectom\w+|acdf|[apto]lif|[dx]lif|arthroscop\w+"
    r"|arthroplast\w+|microfracture|augmentation|fixation|bone void|debridement|curettage"
    r"|decompression|allograft|autograft|substitute|filler|matrix)\b"
)
_SEES = re.compile(
    r"\b(?:visit|clinic|consult\w*|follow ?ups?|referral|check|assessment|(?:pre|post) ?op"
    r"|pathology|culture|cell count|smear|cytology|explant)\b"
)
# A note with one of these tells of another day.
_ANOTHER_DAY = re.compile(
    r"\b(?:19|20)\d\d\b|\b(?:prior|previous\w*|earlier|history|next (?:week|month|year)"
    r"|scheduled for|awaiting|considering|(?:was|were|been) (?:used|placed|implanted))\b"
)


def note_may_name_a_product(note: str, resource: Resource, concept: Concept) -> bool:
    """Whether what a note names may be what an order without a code of ours is for.

    That order has to place something: the note on a blood count tells of the patient. And the note
    must not tell of another day.
    """
    if _ANOTHER_DAY.search(folded(note)):
        return False
    if resource.get("resourceType") in SUPPLIES or not (concept.codings or concept.texts):
        return True
    titles = [folded(each) for each in concept.texts]
    if any(map(_SEES.search, titles)):
        return False
    return _is_surgery_of_bones(concept) or any(map(places_something, titles))


def places_something(title: str) -> bool:
    """Whether a folded title names an operation or an injection, which may place a product."""
    return _PLACES.search(title) is not None


def places_graft(concept: Concept, clinical: Clinical) -> bool:
    """Whether an order is coded as one that may place a graft: a graft, or surgery on bones."""
    grafts = (
        name
        for service in clinical.services.values()
        if service.names_products
        for name in service.codes
    )
    coded = any(clinical.value_sets[name].holds_any(concept) for name in grafts)
    return coded or _is_surgery_of_bones(concept)


def _is_surgery_of_bones(concept: Concept) -> bool:
    return any(
        cpt_section(each.system, each.code) == _BONES and not each.code.startswith(_CASTS)
        for each in concept.codings
    )


def only_looks(resource: Resource, concept: Concept) -> bool:
    """Whether an order is for imaging, a test or an exercise, and so places nothing."""
    if any(
        each.system == LOINC or cpt_section(each.system, each.code) in _LOOKING
        for each in concept.codings
    ):
        return True
    if any(
        cpt_section(each.system, each.code) == MEDICINE and not each.code.startswith(_INJECTIONS)
        for each in concept.codings
    ):
        return True
    categories = [read_concept(each) for each in listed(resource.get("category"))]
    named = {text.lower() for each in categories for text in each.texts}
    if any(word in text for text in named for word in _CATEGORIES):
        return True
    titles = [folded(each) for each in concept.texts]
    return any(map(examines, titles))


def examines(title: str) -> bool:
    """Whether a folded title begins or ends as that of an order does which places nothing."""
    return bool(_LOOKS.match(title) or _TESTS.search(title))


def cpt_section(system: str, code: str) -> str | None:
    """Return the first digit of a CPT code, by which CPT orders its sections."""
    return code[0] if system == CPT and _CPT_NUMBER.fullmatch(code) else None


def listed(element: Any) -> list[Any]:
    """Return the items of an element that may be written as one, as many, or not at all."""
    return element if isinstance(element, list) else [] if element is None else [element]
