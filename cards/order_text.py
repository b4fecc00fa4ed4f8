"""Orders as people write them: names, abbreviations, small misspellings; never too loose."""

from collections.abc import Iterable

from rapidfuzz.distance import DamerauLevenshtein

from cards.chart import Resource
from cards.clinical.services import OrderWords
from cards.coding import LOINC, Concept, read_concept
from cards.text import words

# Before the transplant is named, these make the text speak of something else: its past, its
# tests and paperwork, other organs and tissues.
_NOT_BEFORE = (
    "history of", "h/o", "hx", "s/p", "status post", "post", "after", "following", "prior",
    "previous", "former", "awaiting", "declined", "declines", "refused", "refuses", "cancel",
    "cancelled", "canceled", "deferred", "ineligible", "complication", "complications",
    "rejection", "kidney", "renal", "liver", "hepatic", "heart", "cardiac", "lung", "cornea",
    "corneal", "hair", "fecal", "faecal", "microbiota", "islet", "pancreas", "pancreatic",
    "skin", "limbal", "typing", "crossmatch", "biopsy", "aspirate", "aspiration", "panel",
    "test", "testing", "titer", "level", "screen", "screening", "chimerism", "education",
    "class", "diet", "dental", "clearance", "counseling", "vaccine", "vaccination",
    "immunization", "prophylaxis", "mesenchymal", "knee", "hip", "disc", "orthopedic",
    "adipose", "survivorship", "line", "catheter", "psychosocial", "social work", "nutrition",
    "rehab", "rehabilitation", "aftercare", "follow up", "fertility", "family history",
    "as a donor", "cbc", "hgb", "hemoglobin", "hematocrit", "plt", "diff", "electrophoresis",
    "blood donor", "spun", "poc", "no", "not", "without", "never", "before",
)  # fmt: skip
# And these behind it.
_NOT_BEHIND = (
    "declined", "refused", "cancelled", "canceled", "deferred", "education", "class", "panel",
    "typing", "test", "testing", "survivorship", "aftercare", "follow up", "complication",
    "complications", "rejection", "status", "vaccination", "clearance", "diet", "mesenchymal",
    "knee", "hip", "disc", "adipose", "trait", "hgb", "plt", "electrophoresis", "ineligible",
    "history", "donor evaluation", "level", "count", "lab", "dental", "fertility",
    "psychosocial", "day", "visit", "clinic",
)  # fmt: skip
# What follows is why, not what.
_WHY = frozenset({"for", "due", "because", "indication", "given"})

_REFERRAL = (
    "referral", "refer", "referred", "evaluation", "evaluate", "consult", "consultation",
    "assessment", "workup", "work up", "eligibility",
)  # fmt: skip

_RESEMBLING = (
    ("transplant", "transplantation", "infusion", "graft", "reinfusion"),
    ("stem cell", "stem cells", "bone marrow", "marrow", "progenitor", "hematopoietic",
     "haematopoietic", "cord blood", "hsct", "hct", "bmt", "pbsc"),
)  # fmt: skip

_SHORTEST_FUZZY = 7


def names_service(concept: Concept, wanted: OrderWords) -> bool:
    """Whether one text of an order names every part of a service, and nothing that excludes it.

    An order coded as a laboratory test is none, whatever its text: HCT is a hematocrit there.
    """
    if any(coding.system == LOINC for coding in concept.codings):
        return False
    return any(_names(words(each), wanted) for each in concept.texts)


def _names(found: tuple[str, ...], wanted: OrderWords) -> bool:
    places = [_place(found, group) for group in wanted.all_of]
    known = [place for place in places if place is not None]
    if len(known) < len(places):
        return False
    before = found[: min(start for start, _ in known)]
    behind, _ = _head_and_why(found[max(end for _, end in known) :])
    return not (
        _has_any(before, _NOT_BEFORE, fuzzy=False)
        or _has_any(behind, (*_NOT_BEHIND, *wanted.none_of), fuzzy=False)
    )


def stated_purpose(written: str) -> str:
    """Return what an order's text says behind "for", "due to" and the like; empty for nothing."""
    return " ".join(_head_and_why(words(written))[1])


def _head_and_why(found: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    why = next((at for at, word in enumerate(found) if word in _WHY), len(found))
    return found[:why], found[why + 1 :]


def _place(found: tuple[str, ...], phrases: Iterable[str]) -> tuple[int, int] | None:
    for phrase in map(words, phrases):
        at = _position(found, phrase, fuzzy=True)
        if at is not None and found[at + len(phrase) :][:1] != ("not",):
            return at, at + len(phrase)
    return None


def names_any(written: str, phrases: Iterable[str]) -> bool:
    """Whether a text holds any of *phrases*, small misspellings included, in whatever sense."""
    return _has_any(words(written), phrases)


def is_referral(resource: Resource, concept: Concept) -> bool:
    """Whether an order asks for a referral or evaluation rather than for the therapy itself."""
    category = resource.get("category")
    categories = category if isinstance(category, list) else [category]
    texts = [*concept.texts, *(each for item in categories for each in read_concept(item).texts)]
    return any(_has_any(words(each), _REFERRAL, fuzzy=False) for each in texts)


def resembles_transplant(concept: Concept) -> bool:
    """Whether an order that maps to nothing reads like a transplant of blood-forming cells."""
    return any(
        all(_has_any(found, group) for group in _RESEMBLING) for found in map(words, concept.texts)
    )


def _has_any(found: tuple[str, ...], phrases: Iterable[str], *, fuzzy: bool = True) -> bool:
    return any(_has(found, words(phrase), fuzzy=fuzzy) for phrase in phrases)


def _has(found: tuple[str, ...], phrase: tuple[str, ...], *, fuzzy: bool) -> bool:
    return _position(found, phrase, fuzzy=fuzzy) is not None


def _position(found: tuple[str, ...], phrase: tuple[str, ...], *, fuzzy: bool) -> int | None:
    size = len(phrase)
    for at in range(len(found) - size + 1):
        pairs = zip(found[at : at + size], phrase, strict=True)
        if all(_alike(word, wanted, fuzzy=fuzzy) for word, wanted in pairs):
            return at
    return None


def _alike(word: str, wanted: str, *, fuzzy: bool) -> bool:
    """Whether two words are the same, or a long one is misspelled in one place, or in two."""
    if word == wanted:
        return True
    if not fuzzy or len(wanted) < _SHORTEST_FUZZY or word[:1] != wanted[:1]:
        return False
    allowed = 1 if len(wanted) < 2 * _SHORTEST_FUZZY - 3 else 2
    return DamerauLevenshtein.distance(word, wanted, score_cutoff=allowed) <= allowed
