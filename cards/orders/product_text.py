"""Products and materials in an order's text: whether it names one, and in which sense."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice

from cards.clinical.products import Product
from cards.orders.forms import NO, OPEN, YES, as_answered
from cards.orders.material_text import material_sense
from cards.orders.name_places import MARKS, Place, folded, phrase_words, places, tokens_of
from cards.orders.product_words import (
    AS_GOOD,
    FORMS,
    GIVEN_UP,
    GROWTH,
    INSTEAD,
    INSTEAD_BEHIND,
    LABELS,
    LOOKALIKES,
    NOT_GRAFTS,
    NOUN_BEFORE,
    OPEN_BEHIND,
    PAST,
    PAST_BEHIND,
    SURGERY,
    VERB_BEFORE,
    VERB_BEHIND,
    WAITING,
)
from cards.values.text import Mention, mention, words

# What a name is replaced by, so that the sense of a misspelled one can be read too.
_NAME = "namedproduct"
_SIZE = re.compile(r"\d+(?:cc|ml|mg|g|cm|mm|x\d+)?|cc|ml|[clst]\d+")

# How far apart the parts of one statement may stand.
_CLOSE = 8
_NEW_THOUGHT = re.compile(r"[,:]|\busing\b|\bwill use\b|\bplan for\b")
_YEAR_BEHIND = re.compile(
    r"namedproduct\b[^.;\n]*\b(?:in|on|since|placed|used)\s+(?:\d{1,2}/)?(?:19|20)\d{2}\b"
)
# "Allergy: …", and "… allergy" but for "…, allergy: none".
_LABELLED = re.compile(rf"\b(?:{LABELS})\s*:\s*$")
_ALLERGY_BEHIND = re.compile(r"\s*allerg(?:y|ies)\b(?!\s*:)")
# Behind the name and what belongs to it, or as a remark of its own: not "…, aspirin on hold".
_GIVEN_UP = re.compile(
    rf"(?P<of>(?:\S+ +){{0,6}}?)(?:{GIVEN_UP})\b\s*"
    r"(?=$|(?:until|due|by|pending|per|because|for|at|today|now)\b)"
)
_COPULA = re.compile(r"(?:(?:is|was|has been|to be)\s+)?")
# Dashes are folded to spaces.
_REMARK = re.compile(r"[,:()\[\]]|\s{3,}")


_MOST_PLACES = 20
"""Of one name in one text: each costs reading the text again."""


def senses_in(text: str, products: Mapping[str, Product], *, in_graft: bool) -> dict[str, Mention]:
    """Return the products that *text* speaks of, each with the sense in which it does.

    A product of the past, or of another person, counts for nothing and is left out. *in_graft*:
    the order places a graft whatever its text says, so that a name with other meanings is one.
    """
    found = {
        name: sense
        for name, each in products.items()
        if (sense := _sense(text, each, in_graft=in_graft))
    }
    kept = {}
    for name, sense in found.items():
        product = products[name]
        hidden = any(found.get(other) is Mention.PRESENT for other in product.unless)
        if not hidden and not _says_any(text, product.unless_words):
            kept[name] = sense
    return kept


def is_ordered_by(text: str, product: Product) -> bool:
    """Whether naming the product in *text* makes it what is ordered."""
    return product.orders and all(_says_any(text, group) for group in product.beside)


@lru_cache(maxsize=1024)
def _says_any(text: str, phrases: tuple[str, ...]) -> bool:
    return any(True for _ in places(folded(text), phrases, fuzzy=False))


def _sense(text: str, product: Product, *, in_graft: bool) -> Mention | None:
    """Return the sense of a product in a text; None for a name that stands for something else."""
    plain = folded(as_answered(text))
    if product.material:
        return material_sense(plain, product)
    if product.only_beside and not _is_alone(plain, product):
        return None
    senses = {
        sense
        for one in islice(_named(text, plain, product, in_graft=in_graft), _MOST_PLACES)
        if (sense := _sense_of(one)) is not None
    }
    if not senses:
        return None
    return senses.pop() if len(senses) == 1 else Mention.DOUBTFUL


def _is_alone(plain: str, product: Product) -> bool:
    """Whether a text speaks of the product and of no other thing that it may be combined with."""
    named = {word for name in product.names for word in phrase_words(name)}
    known = named | set(product.only_beside)
    return all(word in known or _is_size(word) for word in tokens_of(plain))


def _named(text: str, plain: str, product: Product, *, in_graft: bool) -> Iterator[str]:
    """Yield the folded text once for each place of a name, which is replaced."""
    names = sorted(product.names, key=len, reverse=True)
    taken: list[Place] = []
    found = [*places(plain, names, fuzzy=True)]
    found += [*places(plain, product.ordinary_words, fuzzy=False)]
    found += list(_together(plain, product.within)) if product.within else []
    for place in found:
        if any(place.start < other.end and other.start < place.end for other in taken):
            continue
        behind = tokens_of(plain[place.end :])
        if behind[:1] and behind[0] in product.not_behind:
            continue
        if not _stands_for_it(text, plain, place, product, in_graft=in_graft):
            continue
        taken.append(place)
        yield _replaced(plain, place.start, place.end)


def _stands_for_it(
    text: str, plain: str, place: Place, product: Product, *, in_graft: bool
) -> bool:
    """Whether what is written here is the product, and not a word or another thing like it."""
    name = " ".join(tokens_of(plain[place.start : place.end]))
    ordinary = name in product.ordinary_words
    if ordinary and not _is_a_name(text, plain, place.start, place.end, product):
        return False
    if product.as_name_beside or not (
        ordinary or name in product.other_meanings or not place.exact
    ):
        return True
    return in_graft or _is_of_grafts(plain, place)


def _is_of_grafts(plain: str, place: Place) -> bool:
    """Whether the words around a name tell of a graft, or there are none but its form and size."""
    written = tokens_of(plain[place.start : place.end])
    before, behind = tokens_of(plain[: place.start]), tokens_of(plain[place.end :])
    around = (*before, *behind)
    if NOT_GRAFTS & set(behind[:3]):
        return False
    if SURGERY & set(around):
        return True
    if LOOKALIKES & set(written):
        return False
    alone = all(_is_size(each) or each in FORMS for each in around)
    return alone or any(_is_size(each) for each in behind[:2])


def _replaced(plain: str, start: int, end: int) -> str:
    return f"{plain[:start]} {_NAME} {plain[end:]}"


def _sense_of(text: str) -> Mention | None:
    """Return how a text speaks of the replaced name; None where it tells of the past."""
    clauses = [each for each in re.split(r"[.;!]+(?=\s|$)|[\r\n]+", text) if _NAME in each]
    clause = clauses[0] if clauses else text
    before, _, behind = clause.partition(_NAME)
    answer = next((each for each in (YES, NO, OPEN) if each in behind), None)
    if answer == NO:
        return Mention.NEGATED
    near = _NEW_THOUGHT.split(before)[-1]
    ahead, rest = f" {' '.join(words(near))} ", f" {' '.join(words(behind)[:6])} "
    if _holds(ahead, INSTEAD) or _holds(rest, INSTEAD_BEHIND) or _is_given_up(before, near, behind):
        return Mention.NEGATED
    if _holds(ahead, PAST) or _holds(rest, PAST_BEHIND) or _YEAR_BEHIND.search(clause):
        return None
    said = mention(clause, (_NAME,))
    if answer == OPEN or " whether " in f" {before} ":
        return Mention.DOUBTFUL
    if said in (Mention.HISTORY, Mention.DOUBTFUL):
        # What stands before a comma may be another matter: "prior laminectomy, Osteocel Plus".
        said = mention(f"{near}{_NAME}{behind}", (_NAME,))
    following = " ".join(words(behind)[:2])
    if said is Mention.PRESENT and following not in AS_GOOD:
        said = Mention.DOUBTFUL if _holds(f" {following} ", OPEN_BEHIND) else said
    return said if said in (Mention.PRESENT, Mention.NEGATED, Mention.DOUBTFUL) else None


def _is_given_up(before: str, near: str, behind: str) -> bool:
    """Whether it is put off, withheld or not to be had, by what stands around the name."""
    waits = words(near)[:1] and words(near)[0] in WAITING
    around = _LABELLED.search(before) or _ALLERGY_BEHIND.match(behind)
    own, *remarks = (each.strip() for each in _REMARK.split(behind))
    told = _GIVEN_UP.match(own) or any(
        (one := _GIVEN_UP.match(each)) and _COPULA.fullmatch(one["of"]) for each in remarks
    )
    return bool(waits or around or told)


def _holds(padded: str, phrases: Iterable[str]) -> bool:
    return any(f" {phrase} " in padded for phrase in phrases)


def _is_a_name(text: str, plain: str, start: int, end: int, product: Product) -> bool:
    """Whether an ordinary word is used as a name here."""
    before, behind = tokens_of(plain[:start]), tokens_of(plain[end:])
    if product.as_name_beside:
        return bool({*before[-3:], *behind[:3]} & set(product.as_name_beside))
    if _is_verb(before, behind):
        return False
    if before[-1:] and before[-1] in NOUN_BEFORE:
        return True
    if any(each in FORMS or _is_size(each) for each in behind[:2]):
        return True
    name = re.escape(plain[start:end]).replace(r"\ ", r"[\s\-]*")
    marked = re.search(rf"{name}\s*(?:{MARKS.pattern})", text, re.IGNORECASE)
    alone = all(_is_size(each) or each in FORMS for each in (*before, *behind))
    return alone or marked is not None


def _is_verb(before: Sequence[str], behind: Sequence[str]) -> bool:
    led = before[-1:] and before[-1] in VERB_BEFORE
    follows = behind[:1] and behind[0] in VERB_BEHIND
    return bool(led or follows or (behind[1:2] and behind[1] in GROWTH))


def _is_size(token: str) -> bool:
    return _SIZE.fullmatch(token) is not None


def _together(plain: str, groups: Sequence[tuple[str, ...]]) -> Iterator[Place]:
    """Yield the places where one phrase of each group stands close to the others in one clause."""
    first, *others = ([*places(plain, group, fuzzy=False)] for group in groups)
    for place in first:
        for other in others:
            for one in other:
                between = plain[min(place.end, one.end) : max(place.start, one.start)]
                if len(tokens_of(between)) <= _CLOSE and not re.search(r"[.;\n]", between):
                    yield place
                    break
