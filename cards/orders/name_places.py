"""Where names stand in a text: folded, in more or fewer words, and with small misspellings."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby

from rapidfuzz.distance import DamerauLevenshtein

from cards.values.text import words

MARKS = re.compile(
    r"[\N{REGISTERED SIGN}\N{TRADE MARK SIGN}\N{SERVICE MARK}]|\((?:r|tm|sm|c)\)", re.IGNORECASE
)
_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")

# Shortest words that may be misspelled: alone, beside other words of the same name, and beside
# others that are written right and are long enough to be no chance.
_SHORTEST_ALONE, _SHORTEST, _SHORTEST_BESIDE = 8, 5, 4
_LONG = 11
_SHORTEST_JOINED = 9


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name stands, as offsets into the folded text; *exact*: as it is spelled."""

    start: int
    end: int
    exact: bool


@lru_cache(maxsize=256)
def folded(text: str) -> str:
    """Return *text* in lower case without marks and accents; line breaks and stops stay."""
    bare = MARKS.sub(" ", text)
    straight = re.sub("[\u2018\u2019\u02bc\u00b4`]", "'", bare)
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", straight) if not unicodedata.combining(c)
    )
    dashed = re.sub(r"[\-\u2010-\u2015_]+", " ", plain.lower())
    return dashed.replace("+", " plus ")


def tokens_of(plain: str) -> tuple[str, ...]:
    """Return the words of a folded text."""
    return tuple(_TOKEN.findall(plain))


@cache
def phrase_words(phrase: str) -> tuple[str, ...]:
    """Return the words of a phrase of our own data."""
    return words(phrase)


def places(plain: str, phrases: Iterable[str], *, fuzzy: bool) -> Iterator[Place]:
    """Yield where the phrases stand in a folded text, phrase by phrase."""
    matches = list(_TOKEN.finditer(plain))
    tokens = tuple(each[0] for each in matches)
    for phrase in phrases:
        for start, end, exact in token_places(tokens, phrase_words(phrase), fuzzy=fuzzy):
            yield Place(matches[start].start(), matches[end - 1].end(), exact)


def token_places(
    tokens: tuple[str, ...], phrase: tuple[str, ...], *, fuzzy: bool
) -> Iterator[tuple[int, int, bool]]:
    """Yield start, end and exactness of a phrase, written in more or fewer words as well."""
    joined, size = "".join(phrase), len(phrase)
    # However it is written, it begins with the same letter.
    for start in (at for at, token in enumerate(tokens) if token[0] == joined[0]):
        for length in range(1, size + 2):
            some = tokens[start : start + length]
            exact = _is(some, phrase, joined, fuzzy=fuzzy) if len(some) == length else None
            if exact is not None:
                yield start, start + length, exact
                break


def _is(some: tuple[str, ...], phrase: tuple[str, ...], joined: str, *, fuzzy: bool) -> bool | None:
    """Return whether words are the phrase as it is spelled; None if they are not the phrase."""
    if some == phrase:
        return True
    if not fuzzy:
        return None
    written = "".join(some)
    # "Map 3" may be a map; in a longer name, a figure of its own is part of it.
    split = len(some) > len(phrase)
    if split and len(joined) < _SHORTEST_JOINED and not joined.isalpha():
        return None
    if written == joined:
        return True
    if len(some) == len(phrase) and _words_alike(some, phrase):
        return False
    # Parted and misspelled at once is another thing: a "formal graft" is no Formagraft.
    return False if not split and _joined_alike(written, joined) else None


def _words_alike(some: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    if len(phrase) == 1:
        return _alike(some[0], phrase[0], _SHORTEST_ALONE)
    slips = [
        at for at, (word, wanted) in enumerate(zip(some, phrase, strict=True)) if word != wanted
    ]
    right = sum(len(wanted) for at, wanted in enumerate(phrase) if at not in slips)
    shortest = _SHORTEST_BESIDE if len(slips) == 1 and right >= _SHORTEST_ALONE else _SHORTEST
    return all(_alike(some[at], phrase[at], shortest) for at in slips)


def _joined_alike(written: str, wanted: str) -> bool:
    """Whether names written as one word are the same, or a long one is misspelled in one place."""
    if len(wanted) < _SHORTEST_JOINED or written[:1] != wanted[:1] or written[-2:] != wanted[-2:]:
        return False
    return DamerauLevenshtein.distance(written, wanted, score_cutoff=1) <= 1


def _alike(word: str, wanted: str, shortest: int) -> bool:
    """Whether two words are the same, or a long one is misspelled in one place, or in two."""
    if len(wanted) < shortest or word[:1] != wanted[:1] or any(char.isdigit() for char in wanted):
        return False
    if _undoubled(word) == _undoubled(wanted):
        return True
    allowed = 1 if len(wanted) < _LONG else 2
    return DamerauLevenshtein.distance(word, wanted, score_cutoff=allowed) <= allowed


def _undoubled(word: str) -> str:
    return "".join(letter for letter, _ in groupby(word))
