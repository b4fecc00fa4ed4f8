"""Orders as people write them: names, abbreviations, small misspellings; never too loose."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import pairwise

from rapidfuzz.distance import DamerauLevenshtein

from cards.clinical.services import OrderWords
from cards.orders.words import (
    ABBREVIATIONS,
    ASKED_FOR,
    ASKING,
    BEFORE,
    BEHIND,
    DETAIL,
    NOT_BEFORE,
    NOT_BEHIND,
    REFERRAL,
    RESEMBLING,
    WHY,
)
from cards.record.chart import Resource
from cards.values.coding import LOINC, Concept, read_concept
from cards.values.text import words

Found = tuple[str, ...]

_SHORTEST_FUZZY = 7
_OF_DONORS = frozenset({"with", "from"})
# A spaced dash, a comma and the like part a remark from what is ordered; a colon does not.
# Written as one word: "auto-immune" is no graft, and "non-autologous" not the patient's own.
_ONE_WORD = re.compile(
    r"\b(pre(?=[\s\-]+emptive)|auto(?=[\s\-]+immun)|non(?=[\s\-]+(?:auto|allo)))[\s\-]+",
    re.IGNORECASE,
)
_SLASH = re.compile(r"(?<=[A-Za-z]{2})/(?=[A-Za-z]{2})")  # not that of "s/p"
_YEAR = re.compile(r"(19|20)\d\d")
_REMARK = re.compile(r"[,;()\[\]|]|\s[\-\u2010-\u2015]+\s|\.(?=\s|$)")


def names_service(
    concept: Concept, wanted: OrderWords, diseases: AbstractSet[str] = frozenset()
) -> bool:
    """Whether one text of an order names every part of a service, and orders it.

    *diseases* are words that may stand beside it, as they name its reason. An order coded as a
    laboratory test is none, whatever its text: HCT is a hematocrit there.
    """
    if any(coding.system == LOINC for coding in concept.codings):
        return False
    return any(_names(each, wanted, diseases) for each in concept.texts)


def _names(written: str, wanted: OrderWords, diseases: AbstractSet[str]) -> bool:
    written = _SLASH.sub(" ", _ONE_WORD.sub(r"\1", written))
    found = words(written)
    places = [_place(found, group) for group in wanted.all_of]
    known = [place for place in places if place is not None]
    if len(known) < len(places):
        return False
    start, end = min(known)[0], max(last for _, last in known)
    before, behind = found[:start], _head(found[end:], DETAIL)
    denied = _has_any(behind, NOT_BEHIND) or _has_any(behind, wanted.none_of)
    if denied or _has_any(before, NOT_BEFORE):
        return False
    asking = _has_any(found[: end + len(behind)], REFERRAL)
    if "for" in before and not (asking or ASKED_FOR & set(before)):
        return False
    allowed = diseases | (ASKING if asking else frozenset())
    inside = (*_between(found, known), *behind[: _remark_starts(written, end) - end])
    return _all_known(before, BEFORE | allowed) and _all_known(inside, BEHIND | allowed)


def _all_known(found: Found, allowed: AbstractSet[str]) -> bool:
    """Whether a transplant is what is ordered, by the words beside it.

    A word that we do not know may be the very thing that is ordered: an echocardiogram. A year is
    that of an earlier transplant, and a day that of care after it, but for the day itself.
    """
    if any(one == "day" and following != "0" for one, following in pairwise((*found, ""))):
        return False
    return all(_is_known(word, allowed) for word in found)


def _is_known(word: str, allowed: AbstractSet[str]) -> bool:
    if word in allowed or word == "+":
        return True
    if word[0].isdigit():
        return _YEAR.fullmatch(word) is None
    return any(_alike(word, each, fuzzy=True) for each in allowed)


def _between(found: Found, places: Sequence[tuple[int, int]]) -> Iterable[str]:
    """Yield what stands between the parts that were named, up to a "with" or "from"."""
    last = max(end for _, end in places)
    for at in range(min(places)[0], last):
        if not any(start <= at < end for start, end in places):
            if found[at] in _OF_DONORS:
                return
            yield found[at]


def _remark_starts(written: str, end: int) -> int:
    """Return the place of the first word behind a comma or the like, at *end* or later."""
    starts, at = [], 0
    for part in _REMARK.split(written):
        starts.append(at)
        at += len(words(part))
    return next((start for start in starts if start >= end), at)


def stated_purpose(written: str) -> str:
    """Return what an order's text says behind "for", "due to" and the like; empty for nothing."""
    found = words(written)
    return " ".join(found[len(_head(found, WHY)) + 1 :])


def _head(found: Found, breaks: Collection[str]) -> Found:
    return found[: next((at for at, word in enumerate(found) if word in breaks), len(found))]


def _place(found: Found, phrases: tuple[str, ...]) -> tuple[int, int] | None:
    places = _places(found, phrases, fuzzy=True)
    kept = (place for place in places if found[place[2] :][:1] != ("not",))
    return next(((start, end) for _, start, end in kept), None)


def names_any(written: str, phrases: tuple[str, ...]) -> bool:
    """Whether a text holds any of *phrases*, small misspellings included, in whatever sense."""
    return _has_any(words(written), phrases, fuzzy=True)


def is_referral(resource: Resource, concept: Concept) -> bool:
    """Whether an order asks for a referral or evaluation rather than for the therapy itself."""
    category = resource.get("category")
    categories = category if isinstance(category, list) else [category]
    texts = [*concept.texts, *(each for item in categories for each in read_concept(item).texts)]
    return any(_has_any(words(each), REFERRAL) for each in texts)


def resembles_transplant(concept: Concept) -> bool:
    """Whether an order that maps to nothing reads like a transplant of blood-forming cells.

    In full names in whatever sense; an abbreviation not where it speaks of one that is past,
    denied or yet to come, as so many orders do.
    """
    if any(coding.system == LOINC for coding in concept.codings):
        return False
    return any(
        all(_has_any(found, group, fuzzy=True) for group in RESEMBLING)
        or (_has_any(found, ABBREVIATIONS) and not _has_any(found, NOT_BEFORE))
        for found in map(words, concept.texts)
    )


@cache
def _index(phrases: tuple[str, ...]) -> Mapping[str, Sequence[tuple[int, Found]]]:
    """Return phrases of ours with their rank, by their first word, and by its letter if it is long.

    There are few groups of phrases, and every order is compared with all of them.
    """
    index: dict[str, list[tuple[int, Found]]] = {}
    for rank, phrase in enumerate(map(words, phrases)):
        index.setdefault(phrase[0], []).append((rank, phrase))
        if len(phrase[0]) >= _SHORTEST_FUZZY:
            index.setdefault(f"{phrase[0][0]}…", []).append((rank, phrase))
    return index


def _places(found: Found, phrases: tuple[str, ...], *, fuzzy: bool) -> list[tuple[int, int, int]]:
    """Return rank, start and end of each phrase that is found, the first phrase first."""
    index = _index(phrases)
    return sorted(
        (rank, at, at + len(phrase))
        for at, word in enumerate(found)
        for rank, phrase in (*index.get(word, ()), *(index.get(f"{word[0]}…", ()) if fuzzy else ()))
        if len(phrase) <= len(found) - at
        and all(
            _alike(each, wanted, fuzzy=fuzzy)
            for each, wanted in zip(found[at:], phrase, strict=False)
        )
    )


def _has_any(found: Found, phrases: tuple[str, ...], *, fuzzy: bool = False) -> bool:
    return bool(_places(found, phrases, fuzzy=fuzzy))


def _alike(word: str, wanted: str, *, fuzzy: bool) -> bool:
    """Whether two words are the same, or a long one is misspelled in one place, or in two."""
    if word == wanted:
        return True
    if not fuzzy or len(wanted) < _SHORTEST_FUZZY or word[:1] != wanted[:1]:
        return False
    allowed = 1 if len(wanted) < 2 * _SHORTEST_FUZZY - 3 else 2
    return DamerauLevenshtein.distance(word, wanted, score_cutoff=allowed) <= allowed
