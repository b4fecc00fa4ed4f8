"""Orders as people write them: names, abbreviations, small misspellings; never too loose."""

from collections.abc import Iterable

from rapidfuzz.distance import DamerauLevenshtein

from cards.chart import Resource
from cards.clinical.services import OrderWords
from cards.coding import Concept, read_concept
from cards.text import words

# Words that make the text speak of something else than an order for the transplant itself:
# its past, other organs and tissues, its tests and its paperwork.
_NOT_AN_ORDER = (
    "history of", "h/o", "hx", "s/p", "status post", "post", "after", "following", "prior",
    "previous", "former", "awaiting", "declined", "declines", "refused", "refuses",
    "cancelled", "deferred", "ineligible", "complication", "complications", "rejection",
    "kidney", "renal", "liver", "hepatic", "heart", "cardiac", "lung", "cornea", "corneal", "hair",
    "fecal", "faecal", "microbiota", "islet", "pancreas", "pancreatic", "skin", "limbal",
    "typing", "hla", "crossmatch", "biopsy", "aspirate", "aspiration", "panel", "test", "testing",
    "titer", "level", "screen", "screening", "chimerism", "education", "class", "diet", "dental",
    "clearance", "counseling", "vaccine", "vaccination", "immunization", "prophylaxis",
    "mesenchymal", "knee", "hip", "disc", "orthopedic", "adipose", "survivorship", "line",
    "catheter", "psychosocial", "social work", "nutrition", "rehab", "rehabilitation", "aftercare",
    "follow up", "fertility", "family history", "donor evaluation", "as a donor",
)  # fmt: skip

_DENYING = ("no", "not", "without", "never")

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
    """Whether one text of an order names every part of a service, and nothing that excludes it."""
    return any(
        all(_has_any(found, group) for group in wanted.all_of)
        and not _has_any(found, (*_NOT_AN_ORDER, *wanted.none_of), fuzzy=False)
        and not _has_any(found[:3], _DENYING, fuzzy=False)
        for found in map(words, concept.texts)
    )


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
    size = len(phrase)
    return any(
        all(
            _alike(word, wanted, fuzzy=fuzzy)
            for word, wanted in zip(found[at : at + size], phrase, strict=True)
        )
        for at in range(len(found) - size + 1)
    )


def _alike(word: str, wanted: str, *, fuzzy: bool) -> bool:
    """Whether two words are the same, or a long one is misspelled in one place, or in two."""
    if word == wanted:
        return True
    if not fuzzy or len(wanted) < _SHORTEST_FUZZY or word[:1] != wanted[:1]:
        return False
    allowed = 1 if len(wanted) < 2 * _SHORTEST_FUZZY - 3 else 2
    return DamerauLevenshtein.distance(word, wanted, score_cutoff=allowed) <= allowed
