"""Tells the words for the state of the disease from those for the state of something else.

A cough persists, nausea is refractory and infections relapse; `disease_states.yaml` lists what the
words are said of.
"""

import re
from collections.abc import Sequence

from cards.clinical.states import DiseaseStates, WhoseState
from cards.values.text import Mention, mention, says

_BREAKS = re.compile(
    r"([,;:()\[\]\r\n]|\.(?=\s|$)|\s(?=(?:(?:and|but)\s+)?(?:with\s+no|with|without|no)\s))",
    re.IGNORECASE,
)
_ENDS = frozenset(".;\r\n")
_OF = ("of", "into")
# Said of every malignancy, beside the words that the data have for any.
_OF_ANY = frozenset({"mrd", "mrd+", "blast", "blasts"})
_WORD = re.compile(r"[A-Za-z0-9+%]+")


def of_the_disease(written: str, whose: WhoseState, *, transplanted: bool = False) -> str:
    """Return a text with "other" in the place of each word for the state of something else.

    *transplanted*: the order follows a transplant, so that a state before it is past.
    """
    others = (*whose.others, *(whose.earlier if transplanted else ()))
    parts = _BREAKS.split(written)
    before = False
    for at in range(0, len(parts), 2):
        found = _words(parts[at])
        if not found:
            continue
        ended = at > 0 and parts[at - 1] in _ENDS
        # "CMV infection, relapsed": words for a state alone belong to what stands before them.
        alone = not _content(found, whose)
        of_other = says(parts[at], others) or (alone and before and not ended)
        parts[at] = _masked(parts[at], whose, all_of_them=of_other)
        before = of_other
    return "".join(parts)


def is_about_the_disease(written: str, states: DiseaseStates, *, coded: bool = False) -> bool:
    """Whether the name of a result is about a malignancy: "CMV disease status" is not.

    A name beside a code for the state (*coded*) has only to name nothing else.
    """
    whose = states.whose
    if says(written, whose.others):
        return False
    known = {*whose.qualifiers, *whose.general, *whose.malignancies, *whose.of_results}
    named = set(_content(_words(written), whose))
    if coded:
        return not named or not named.isdisjoint(known)
    return named <= {*known, *whose.beside_results}


def states_alone(written: str, states: DiseaseStates) -> bool:
    """Whether a text tells how a malignancy stands, or the donor's cells, and names no disease."""
    whose = states.whose
    known = {
        *whose.qualifiers,
        *whose.general,
        *states.results.of_any,
        *states.beside_words,
        *_OF_ANY,
    }
    if not set(_content(_words(written), whose)) <= known:
        return False
    told = states.worded((of_the_disease(written, whose),))
    others = (*states.other_words, *states.chimerism_words)
    return bool(told) or mention(written, others) is Mention.PRESENT


def _words(written: str) -> list[str]:
    return [each.lower() for each in _WORD.findall(written)]


def _content(found: Sequence[str], whose: WhoseState) -> list[str]:
    """Return the words that may name what a state is said of."""
    known = {*whose.adjectives, *whose.nouns, *whose.transparent, *whose.breaks}
    return [word for word in found if word not in known and not _is_adverb(word)]


def _is_adverb(word: str) -> bool:
    return word.endswith("ly") or word.lstrip("+")[:1].isdigit()


def _masked(part: str, whose: WhoseState, *, all_of_them: bool) -> str:
    found = _words(part)
    said: list[str] = []
    last = 0
    for at, match in enumerate(_WORD.finditer(part)):
        word = found[at]
        stated = word in whose.adjectives or word in whose.nouns
        if stated and (all_of_them or not _is_of_the_disease(found, at, whose)):
            said += [part[last : match.start()], "other"]
            last = match.end()
    return "".join((*said, part[last:]))


def _is_of_the_disease(found: Sequence[str], at: int, whose: WhoseState) -> bool:
    """Whether an adjective stands alone or belongs to a malignancy.

    A noun speaks for itself, but where it says of what: "relapse of her depression".
    """
    if found[at] in whose.nouns:
        return _is_of_what(found[at + 1 :], whose)
    end = next((place for place in range(at, len(found)) if found[place] in whose.breaks), None)
    following = _content(found[at:end], whose)
    if following:
        return _names_malignancy(following, whose)
    before = _content(found[:at], whose)
    if not before or found[at] in whose.of_patients:
        return True
    return _names_malignancy(before, whose) or set(before) <= set(whose.qualifiers)


def _is_of_what(following: Sequence[str], whose: WhoseState) -> bool:
    if not following or following[0] not in _OF:
        return True
    rest = following[1:]
    end = next((at for at, word in enumerate(rest) if word in whose.breaks), None)
    named = _content(rest[:end], whose)
    return _names_malignancy(named, whose) or set(named) <= set(whose.qualifiers)


def _names_malignancy(found: Sequence[str], whose: WhoseState) -> bool:
    if not set(found).isdisjoint(whose.malignancies):
        return True
    general = set(found) & set(whose.general)
    return bool(general) and set(found) <= {*general, *whose.qualifiers}
