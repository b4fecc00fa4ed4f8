"""Finds phrases of ours in the words of an order, small misspellings included."""

from collections.abc import Mapping, Sequence
from functools import cache

from rapidfuzz.distance import DamerauLevenshtein

from cards.values.text import words

Found = tuple[str, ...]

_SHORTEST_FUZZY = 7
# In a phrase whose other words are right; but not where the slip makes another word.
_SHORTEST_IN_PHRASE = 5
_OTHER_WORDS = frozenset(
    words("boot boots boast boasts door doors bloom blond calls sells cello barrow harrow")
)


@cache
def _index(phrases: tuple[str, ...]) -> Mapping[str, Sequence[tuple[int, Found]]]:
    """Return phrases of ours with their rank, by their first word, and by its letter if it is long.

    There are few groups of phrases, and every order is compared with all of them.
    """
    index: dict[str, list[tuple[int, Found]]] = {}
    for rank, phrase in enumerate(map(words, phrases)):
        index.setdefault(phrase[0], []).append((rank, phrase))
        if len(phrase[0]) >= (_SHORTEST_FUZZY if len(phrase) == 1 else _SHORTEST_IN_PHRASE):
            index.setdefault(f"{phrase[0][0]}…", []).append((rank, phrase))
    return index


def found_at(found: Found, phrases: tuple[str, ...], *, fuzzy: bool) -> list[tuple[int, int, int]]:
    """Return rank, start and end of each phrase that is found, the first phrase first."""
    index = _index(phrases)
    return sorted(
        (rank, at, at + len(phrase))
        for at, word in enumerate(found)
        for rank, phrase in (*index.get(word, ()), *(index.get(f"{word[0]}…", ()) if fuzzy else ()))
        if len(phrase) <= len(found) - at
        and _is_phrase(found[at : at + len(phrase)], phrase, fuzzy=fuzzy)
    )


def _is_phrase(found: Found, phrase: Found, *, fuzzy: bool) -> bool:
    pairs = list(zip(found, phrase, strict=True))
    if all(alike(each, wanted, fuzzy=fuzzy) for each, wanted in pairs):
        return True
    slips = [(each, wanted) for each, wanted in pairs if each != wanted]
    return fuzzy and len(slips) == 1 < len(pairs) and _is_short_slip(*slips[0])


def _is_short_slip(word: str, wanted: str) -> bool:
    """Whether a short word is misspelled in one place, and is no other word or number of it."""
    return (
        len(wanted) >= _SHORTEST_IN_PHRASE
        and word[:1] == wanted[:1]
        and word not in _OTHER_WORDS
        and word.rstrip("s") != wanted.rstrip("s")
        and DamerauLevenshtein.distance(word, wanted, score_cutoff=1) <= 1
    )


def has_any(found: Found, phrases: tuple[str, ...], *, fuzzy: bool = False) -> bool:
    """Whether any phrase is found."""
    return bool(found_at(found, phrases, fuzzy=fuzzy))


def alike(word: str, wanted: str, *, fuzzy: bool) -> bool:
    """Whether two words are the same, or a long one is misspelled in one place, or in two."""
    if word == wanted:
        return True
    if not fuzzy or len(wanted) < _SHORTEST_FUZZY or word[:1] != wanted[:1]:
        return False
    allowed = 1 if len(wanted) < 2 * _SHORTEST_FUZZY - 3 else 2
    return DamerauLevenshtein.distance(word, wanted, score_cutoff=allowed) <= allowed
