"""Orders as people write them: names, abbreviations, small misspellings; never too loose."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import accumulate, pairwise

from cards.clinical.services import OrderWords
from cards.orders.phrases import Found, alike, found_at, has_any
from cards.orders.rewriting import plain
from cards.orders.words import (
    ABBREVIATIONS,
    ASKED_FOR,
    ASKING,
    BEFORE,
    BEHIND,
    BESIDE_WHAT_IS_NOT_DONE,
    DETAIL,
    DRUGS,
    IN_REMARKS,
    NOT_BEFORE,
    NOT_BEHIND,
    NOT_DONE_WITH_IT,
    OF_THE_PATIENT,
    PAST,
    REFERRAL,
    REGIMENS,
    RESEMBLING,
    TRANSPLANT,
    TRANSPLANTED,
    WHY,
)
from cards.record.chart import Resource
from cards.values.coding import (
    CPT,
    HCPCS,
    ICD_10_PCS,
    LOINC,
    RXNORM,
    SHORT_NAMES,
    Concept,
    read_concept,
)
from cards.values.text import words

_OF_DONORS = frozenset({"with", "from"})
_SINCE = frozenset({"after", "following"})
_FAILURE = frozenset(
    {
        "failed",
        "failure",
        "failing",
        "relapse",
        "relapsed",
        "progression",
        "remission",
        "refractory",
    }
)
_WITH = frozenset({"with", "and", "plus", "+", "then"})
# Codes beside which a text is still read: local ones, unlisted procedures on blood and marrow,
# visits, transfusions. Any other standard code says itself what is ordered.
_MAY_BE_UNLISTED = {
    CPT: re.compile(r"38\d{3}|99[234]\d\d"),
    HCPCS: None,
    ICD_10_PCS: re.compile(r"302\w{4}", re.IGNORECASE),
    LOINC: None,
    RXNORM: None,
    "http://hl7.org/fhir/sid/ndc": None,
    "http://hl7.org/fhir/sid/cvx": None,
}
_LABORATORIES = ("laboratory", "imaging", "radiology", "pathology")

# A spaced dash, a comma and the like part a remark from what is ordered; a colon does not.
_REMARK = re.compile(r"[,;()\[\]|]|\s[\-\u2010-\u2015]+\s|\.(?=\s|$)")
_YEAR = re.compile(r"(19|20)\d\d")
_DOSE = re.compile(r"x|kg|x\d+|cd\d+\+?(/kg)?|\w+/kg|10e\d+|\+")
# An order for somebody who gives cells, the place where transplants are done, and a work-up.
_OTHER_SIDE = re.compile(
    r"\b(?:transplant(?:ation)?|[hs]ct|hsct|bmt) donor\b(?! (?:lymph|leuk|cell|stem|marrow|type))"
    r"|\bdonor(?:'s)? (?:eval\w*|work ?up|assess\w*|screen\w*|clear\w*|test\w*|consult\w*|typing)\b"
    r"|\b(?:transplant|bmt|sct|hsct) (?:(?:unit|floor|ward)\b(?! for )|protocol\b)"
    r"|\bpre (?:(?:auto|allo|haplo)\w* |stem cell |bone marrow )*"
    r"(?:transplant\w*|[hs]ct|hsct|bmt) work ?up\b"
)


@dataclass(frozen=True, slots=True)
class OrderTexts:
    """The texts of one order, read once for all the services that they may name."""

    parts: tuple[tuple[Found, ...], ...]
    """The words of each text, parted where a remark begins."""

    has_standard_code: bool


def read_texts(concept: Concept) -> OrderTexts:
    """Return the texts of an order; none where a standard code names another service."""
    coded = any(coding.system in SHORT_NAMES for coding in concept.codings)
    if _is_coded_otherwise(concept):
        return OrderTexts((), coded)
    texts = (tuple(map(_without_handling, _parts(each))) for each in concept.texts)
    return OrderTexts(tuple(texts), coded)


def names_service(
    texts: OrderTexts, wanted: OrderWords, diseases: AbstractSet[str] = frozenset()
) -> bool:
    """Whether a text of an order names every part of a service, and orders it.

    *diseases* are words that may stand beside it, as they name its reason.
    """
    if wanted.alone and texts.has_standard_code:
        return False
    return any(_orders(parts, wanted, diseases) for parts in texts.parts)


def _is_coded_otherwise(concept: Concept) -> bool:
    return any(
        coding.system in _MAY_BE_UNLISTED
        and not ((may := _MAY_BE_UNLISTED[coding.system]) and may.fullmatch(coding.code))
        for coding in concept.codings
    )


def is_beside_a_transplant(resource: Resource, concept: Concept) -> bool:
    """Whether an order's text only tells what a test, an image or a drug of a transplant is for."""
    if resource.get("resourceType") == "MedicationRequest":
        return any(set(part) & DRUGS for each in concept.texts for part in _parts(each))
    return any(word in text.lower() for text in _categories(resource) for word in _LABORATORIES)


def _orders(parts: tuple[Found, ...], wanted: OrderWords, diseases: AbstractSet[str]) -> bool:
    found = tuple(word for part in parts for word in part)
    known = []
    for group in wanted.all_of:
        place = _place(found, group)
        if place is None:
            return False
        known.append(place)
    if _OTHER_SIDE.search(" ".join(found)):
        return False
    start, end = min(known)[0], max(last for _, last in known)
    if wanted.whole and (start, end) != (0, len(found)):
        return False
    before, behind = found[:start], _behind(parts, end)
    if (
        _comes_with_another(before)
        or has_any(before, NOT_BEFORE)
        or has_any(before, wanted.none_of)
        or any(_is_denied(each, wanted) for each in behind)
        or _is_for_a_drug(parts, start)
    ):
        return False
    asking = has_any((*found[:end], *_head(behind[0], DETAIL)), REFERRAL)
    asking = asking or any(has_any(each, REFERRAL) for each in behind[1:])
    if "for" in before and not (asking or ASKED_FOR & set(before)):
        return False
    arranged = asking or not ASKED_FOR.isdisjoint(before)
    allowed = diseases | (ASKING if arranged else frozenset())
    return (
        all_known(before, BEFORE | allowed)
        and all_known(tuple(_between(found, known)), BEHIND | allowed)
        and belongs(behind[0], BEHIND | allowed, alone=wanted.alone, is_remark=False)
        and all(belongs(each, IN_REMARKS | allowed, alone=wanted.alone) for each in behind[1:])
    )


def _comes_with_another(before: Found) -> bool:
    """Whether what is named is only given with a transplant that is named before it."""
    joint = next((at for at, word in enumerate(before) if word in _WITH), 0)
    return not TRANSPLANTED.isdisjoint(before[:joint])


def _parts(written: str) -> list[Found]:
    """Return the words of a text, parted where a remark begins."""
    return [words(part) for part in _REMARK.split(plain(written))]


def _without_handling(part: Found) -> Found:
    """Return a part up to where it says what is not done with the cells: "no premedication"."""
    for at, word in enumerate(part):
        if word in ("no", "not", "without") or part[at : at + 2] == ("do", "not"):
            denied = set(part[at + 1 :]) - {"not"}
            handled = denied & NOT_DONE_WITH_IT
            return part[:at] if handled and denied <= handled | BESIDE_WHAT_IS_NOT_DONE else part
    return part


def _behind(parts: Sequence[Found], end: int) -> list[Found]:
    """Return what stands behind word *end*: the rest of its own part, and the parts behind it."""
    ends = list(accumulate(map(len, parts)))
    own = next(at for at, each in enumerate(ends) if each >= end)
    rest = parts[own][len(parts[own]) - (ends[own] - end) :]
    return [rest, *parts[own + 1 :]]


def _is_denied(part: Found, wanted: OrderWords) -> bool:
    head = _head(part, DETAIL)
    return has_any(head, NOT_BEHIND) or has_any(head, wanted.none_of)


def _is_for_a_drug(parts: Sequence[Found], start: int) -> bool:
    """Whether one drug is what is ordered, and the transplant is told of behind it.

    Several drugs, or a regimen's name, are how a transplant is done.
    """
    before = tuple(word for part in parts for word in part)[:start]
    drugs = DRUGS.intersection(before) - {"conditioning"}
    if len(drugs) > 1 or drugs & REGIMENS or (before[-1:] and before[-1] in _WITH):
        return False
    at = 0
    for part in parts:
        inside = part[: max(0, start - at)]
        if set(inside) & DRUGS and (at + len(part) <= start or "conditioning" in inside):
            return True
        at += len(part)
    return False


def belongs(part: Found, allowed: AbstractSet[str], *, alone: bool, is_remark: bool = True) -> bool:
    """Whether what stands behind the name of a transplant tells more of it, and of nothing else.

    A part may tell of the patient, or say why, or with what: in words of any kind, but none that
    place the transplant in the past. *alone*: not in words of any kind.
    """
    if _opens_with(part, OF_THE_PATIENT) and not set(part) & TRANSPLANT:
        return not alone
    head = _head(part, DETAIL)
    detail = part[len(head) :]
    if not all_known(head, allowed):
        return False
    if alone:
        return all_known(detail, allowed | DETAIL | {"to"})
    if not detail or detail[0] in WHY:
        return True
    if detail[0] in _SINCE:
        # "After failed rituximab" tells of the patient; "Transplant, after: visit" orders a visit.
        return bool(head) or not is_remark or not _FAILURE.isdisjoint(detail)
    return not has_any(detail, PAST) and not any(map(_YEAR.fullmatch, detail))


def all_known(found: Found, allowed: AbstractSet[str]) -> bool:
    """Whether a transplant is what is ordered, by the words beside it.

    A word that we do not know may be the very thing that is ordered: an echocardiogram. A year is
    that of an earlier transplant, and a day that of care after it, but for the day itself.
    """
    if any(one == "day" and following != "0" for one, following in pairwise((*found, ""))):
        return False
    return all(_is_known(word, allowed) for word in found)


def _is_known(word: str, allowed: AbstractSet[str]) -> bool:
    if word in allowed or _DOSE.fullmatch(word):
        return True
    if word[0].isdigit():
        return _YEAR.fullmatch(word) is None
    return any(alike(word, each, fuzzy=True) for each in allowed)


def _between(found: Found, places: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield what stands between the parts that were named, up to a "with" or "from"."""
    last = max(end for _, end in places)
    for at in range(min(places)[0], last):
        if not any(start <= at < end for start, end in places):
            if found[at] in _OF_DONORS:
                return
            yield found[at]


def stated_purpose(written: str) -> str:
    """Return what an order's text says behind "for", "due to" and the like; empty for nothing."""
    found = tuple(word for part in _parts(written) for word in part)
    purpose = found[len(_head(found, WHY)) + 1 :]
    return " ".join(purpose[1:] if purpose[:1] in (("to",), ("of",)) else purpose)


def says_more_than_an_order(purpose: str) -> bool:
    """Whether a purpose names anything beside transplants, and whom and how they are done."""
    found = words(purpose.removeprefix("treat "))
    addressed = found[:1] in (("dr",), ("mr",), ("ms",), ("mrs",))
    return not addressed and not all_known(found, BEFORE | BEHIND | ASKING | WHY | DETAIL)


def _head(found: Found, breaks: Collection[str]) -> Found:
    return found[: next((at for at, word in enumerate(found) if word in breaks), len(found))]


def _opens_with(found: Found, phrases: Iterable[str]) -> bool:
    return any(found[: len(phrase)] == phrase for phrase in map(words, phrases))


def _place(found: Found, phrases: tuple[str, ...]) -> tuple[int, int] | None:
    found_here = found_at(found, phrases, fuzzy=True)
    kept = (place for place in found_here if found[place[2] :][:1] != ("not",))
    return next(((start, end) for _, start, end in kept), None)


def names_any(written: str, phrases: tuple[str, ...]) -> bool:
    """Whether a text holds any of *phrases*, small misspellings included, in whatever sense."""
    return has_any(words(written), phrases, fuzzy=True)


def is_referral(resource: Resource, concept: Concept) -> bool:
    """Whether an order asks for a referral or evaluation rather than for the therapy itself.

    Not where a remark on a transplant asks somebody else in.
    """
    if any(has_any(words(each), REFERRAL) for each in _categories(resource)):
        return True
    return any(
        has_any(part, REFERRAL) and (at == 0 or all_known(part, BEHIND | ASKING))
        for each in concept.texts
        for at, part in enumerate(_parts(each))
    )


def _categories(resource: Resource) -> Iterator[str]:
    category = resource.get("category")
    for item in category if isinstance(category, list) else [category]:
        yield from read_concept(item).texts


def resembles_transplant(concept: Concept) -> bool:
    """Whether an order that maps to nothing reads like a transplant of blood-forming cells.

    In full names in whatever sense; an abbreviation not where it speaks of one that is past,
    denied or yet to come, as so many orders do.
    """
    if any(coding.system == LOINC for coding in concept.codings):
        return False
    return any(
        all(has_any(found, group, fuzzy=True) for group in RESEMBLING)
        or (has_any(found, ABBREVIATIONS) and not has_any(found, NOT_BEFORE))
        for each in concept.texts
        for found in (tuple(word for part in _parts(each) for word in part),)
    )
