"""Materials in an order's text: viable cells, blood and marrow, and whether the graft has them.

A denial proves that there is none only of the very thing that it names, so a text is read clause
by clause: what is denied, what is combined with what, and what is only asked.
"""

from collections.abc import Iterator

from cards.clinical.products import Product
from cards.orders.forms import NO
from cards.orders.material_places import MaterialPlace, Sense
from cards.orders.material_words import MIXING, NEGATORS, NOTHING_MORE
from cards.orders.name_places import phrase_words, token_places
from cards.orders.sentences import (
    Sentence,
    is_bound_denial,
    is_denied_thing,
    is_open,
    negator_behind,
    sentences,
)
from cards.values.text import Mention

# A phrase of denial that begins with one of these names what it denies.
_OF_NAMES = ("no", "without", "does")


def material_sense(plain: str, product: Product) -> Mention | None:
    """Return how a folded text speaks of a material in the graft; None if it does not.

    Where it says both that there is some and that there is none, it is doubtful; so it is where
    the material is at hand and nothing says whether it is for the graft.
    """
    said = {
        sense
        for sentence in sentences(plain)
        for sense in (*_of_names(sentence, product), *_of_denials(sentence, product))
        if sense is not None
    }
    firm = {sense for sense in said if isinstance(sense, Mention)}
    if not said:
        return None
    return firm.pop() if len(firm) == 1 else Mention.DOUBTFUL


def _of_names(sentence: Sentence, product: Product) -> Iterator[Sense]:
    names = sorted(map(phrase_words, product.names), key=len, reverse=True)
    for at, part in enumerate(sentence.parts):
        taken: set[int] = set()
        for name in names:
            for start, end, _ in token_places(part, name, fuzzy=len(name) > 1):
                if not taken & set(range(start, end)):
                    taken |= set(range(start, end))
                    yield MaterialPlace(sentence, at, start, end, product).sense
    if product.combined:
        yield from _of_mixing(sentence)


def _of_denials(sentence: Sentence, product: Product) -> Iterator[Mention]:
    """Yield what words say that mean its absence as they stand: "acellular"."""
    for at, part in enumerate(sentence.parts):
        for phrase in map(phrase_words, product.denied_by):
            for start, end, _ in token_places(part, phrase, fuzzy=False):
                denied = NEGATORS & set(part[max(0, start - 2) : start])
                names_it = phrase[0] in _OF_NAMES
                if names_it and not is_denied_thing(part[end:]):
                    continue
                unsure = (
                    denied
                    or is_open(sentence, at, start, part[end:])
                    or (sentence.answer == NO and at >= sentence.answered_from)
                )
                yield Mention.DOUBTFUL if unsure else Mention.NEGATED


def _of_mixing(sentence: Sentence) -> Iterator[Mention]:
    """Yield a denial of mixing that does not say with what: "not to be mixed"."""
    for at, part in enumerate(sentence.parts):
        for verb in (place for place, word in enumerate(part) if word in MIXING):
            behind = part[verb + 1 :]
            if behind[:1] == ("with",) and behind[1:2] in (("anything",), ("any",)):
                behind = ()
            not_behind = negator_behind(behind)
            answered = sentence.answer == NO and at >= sentence.answered_from and not behind
            denied = is_bound_denial(part, verb) and (not behind or behind[0] in NOTHING_MORE)
            if denied or not_behind or answered:
                unsure = is_open(sentence, at, verb, behind)
                yield Mention.DOUBTFUL if unsure else Mention.NEGATED
