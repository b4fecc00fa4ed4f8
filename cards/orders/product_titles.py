"""Whether a product or cells that an order's title names are what that title orders.

"Crutches for …" and "…: blood count" order something else. As for transplants, the words that may
stand beside the name are listed, for what we do not know may be the very thing that is ordered:
those of grafts, cells and joints with which our data name them, and the few of `title_words`.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache

from cards.clinical import Clinical
from cards.clinical.products import Product
from cards.orders.free_text import all_known, belongs
from cards.orders.material_words import COMBINING, GRAFTS, TRANSPARENT
from cards.orders.name_places import MARKS, folded, phrase_words, token_places
from cards.orders.phrases import Found, has_any
from cards.orders.placing import examines, places_something
from cards.orders.product_words import FORMS, SURGERY
from cards.orders.rewriting import plain
from cards.orders.title_words import BESIDE, OF_ANOTHER_TIME, OPERATIONS, WAITING
from cards.orders.words import (
    ASKED_FOR,
    ASKING,
    BEFORE,
    BEHIND,
    DETAIL,
    DRUGS,
    NOT_BEHIND,
    OF_THE_PATIENT,
    REFERRAL,
)
from cards.values.text import words

# A comma, a bracket and the like begin a remark; behind a colon or a spaced dash stands what is
# ordered, as in "Osteocel Plus: blood count".
_PARTED = re.compile(r"(?P<remark>[,;()\[\]|\n]|\.(?=\s|$))|:(?=\s|$)|\s[\-\u2010-\u2015]+\s")
_DATE = re.compile(r"\b\d{4}-\d\d-\d\d\b")
# Of these only as a whole: "platelets" and "removal" alone are orders of their own.
_WHOLE = re.compile(r"\b(?:platelet[ \-]rich plasma|hardware removal)\b", re.IGNORECASE)
_LEVEL = re.compile(r"[clst]\d{1,2}(?:/[clst]?\d{1,2})*")
# What stands for a level of the spine, or for an operation by any of its names.
_SITE, _OPERATION = "spine", "surgery"
_LEADING = DETAIL - {"after", "following"}


@dataclass(frozen=True, slots=True)
class _Part:
    words: Found
    is_remark: bool


def orders_it(title: str, product: Product, clinical: Clinical) -> bool:
    """Whether *title* orders the product that it names, rather than something else beside it."""
    parts = list(_parts(title))
    for at, part in enumerate(parts):
        place = _place(part.words, product)
        if place is not None:
            before, rest = part.words[: place[0]], part.words[place[1] :]
            return _is_ordered(parts[:at], (before, rest), parts[at + 1 :], clinical)
    return True


def _is_ordered(
    earlier: Sequence[_Part], own: tuple[Found, Found], later: Sequence[_Part], clinical: Clinical
) -> bool:
    before, rest = own
    everything = (before, rest, *(each.words for each in (*earlier, *later)))
    arranged = any(has_any(each, REFERRAL) or ASKED_FOR & set(each) for each in everything)
    allowed = _vocabulary(clinical) | (ASKING if arranged else frozenset())
    if has_any(rest, NOT_BEHIND) or not _leads_to_it(before, rest, allowed):
        return False
    # A remark once begun may tell of anything; a heading does not.
    remark = next((at for at, each in enumerate(later) if each.is_remark), len(later))
    told = [each.words for each in (*earlier, *later[:remark]) if not _tells_of_patient(each.words)]
    return belongs(_generalised(rest), allowed, alone=False, is_remark=False) and all(
        belongs(_generalised(each), allowed, alone=False) and not examines(" ".join(each))
        for each in told
    )


def _leads_to_it(before: Found, rest: Found, allowed: AbstractSet[str]) -> bool:
    """Whether what stands before the name tells what is done with it, or asks for it."""
    found = _generalised(before)
    asks = has_any(found, REFERRAL) or not ASKED_FOR.isdisjoint(found)
    done = found[: found.index("for")] if "for" in found else (_OPERATION,)
    if not asks and _OPERATION not in done:
        return False
    if "pre" in found and not has_any(rest[:1], REFERRAL):
        return False
    return all_known(found, allowed | _LEADING)


def _parts(title: str) -> Iterator[_Part]:
    written = plain(_WHOLE.sub(_OPERATION, _DATE.sub(" ", MARKS.sub(" ", title))))
    start, is_remark = 0, False
    for stop in (*_PARTED.finditer(written), None):
        found = words(folded(written[start : stop.start() if stop else len(written)]))
        if found:
            yield _Part(found, is_remark)
        if stop:
            start, is_remark = stop.end(), stop["remark"] is not None


def _place(found: Found, product: Product) -> tuple[int, int] | None:
    """Return where the first name of the product stands, the longest one."""
    named = (
        *((each, True) for each in (*product.names, *product.other_meanings)),
        *((each, False) for each in product.ordinary_words),
        *((each, False) for group in product.within for each in group),
    )
    places = (
        (start, end)
        for name, fuzzy in named
        for start, end, _ in token_places(found, phrase_words(name), fuzzy=fuzzy)
    )
    return min(places, key=lambda each: (each[0], -each[1]), default=None)


def _tells_of_patient(part: Found) -> bool:
    return has_any(part[:2], OF_THE_PATIENT) or part[0] in OF_ANOTHER_TIME


def _generalised(found: Found) -> Found:
    """Return words with levels of the spine, and operations, each by one word of our own."""
    return tuple(
        _SITE if _LEVEL.fullmatch(each) else _OPERATION if _is_operation(each) else each
        for each in found
    )


def _is_operation(word: str) -> bool:
    return places_something(word) or word.endswith(OPERATIONS)


@lru_cache(maxsize=4)
def _vocabulary(clinical: Clinical) -> frozenset[str]:
    phrases = [each for use in clinical.applications.values() for each in use.words.any_of]
    for product in clinical.products.values():
        phrases += [*product.names, *product.other_meanings, *product.ordinary_words]
        phrases += [*product.as_name_beside, *product.only_beside]
        phrases += [each for group in (*product.beside, *product.within) for each in group]
    ours = frozenset(word for phrase in phrases for word in phrase_words(phrase))
    graft_words = FORMS | SURGERY | GRAFTS | COMBINING | TRANSPARENT
    return ours | (graft_words - WAITING) | (BEFORE | BEHIND) - DRUGS | BESIDE | {_SITE, _OPERATION}
