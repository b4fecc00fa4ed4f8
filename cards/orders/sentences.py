"""Sentences of an order's text: what in them is denied, what is asked, and what is left open."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from cards.orders.forms import NO, OPEN, YES
from cards.orders.material_words import (
    AFTER_DENIED,
    AFTER_NAMED,
    ASKED_OF,
    ASKING_VERBS,
    COMBINING,
    ELSEWHERE,
    GRAFTS,
    NEGATORS,
    NEGATORS_OF,
    NOT_DONE,
    NOT_NEGATING,
    OPEN_BEFORE,
    OPEN_BEHIND,
    OPEN_NEAR,
    TRANSPARENT,
)

ASKED = "?"
_SENTENCE = re.compile(
    r"(?P<asked>\?+)(?=\s|$)|[.;!]+(?=\s|$)|[\r\n]+|\b(?:but|however|although|though|yet|except)\b"
)
_PART = re.compile(r"[,():\[\]]")
_TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|\?")
_W_O, _W = re.compile(r"\bw/o\b"), re.compile(r"\bw/")

Words = tuple[str, ...]


@dataclass(frozen=True)
class Sentence:
    """One sentence: its parts between commas, and how it was answered or asked."""

    parts: tuple[Words, ...]
    answer: str | None

    def before(self, part: int, start: int) -> Words:
        """Return all words before a place."""
        return tuple(each for some in self.parts[:part] for each in some) + self.parts[part][:start]

    @cached_property
    def answered_from(self) -> int:
        """Return the first part that the answer is for: the last, with the list that it ends."""
        first = len(self.parts) - 1
        while first > 0 and self.parts[first][:1] and self.parts[first][0] in ("and", "or", "nor"):
            first -= 1
        return first


def sentences(plain: str) -> Iterator[Sentence]:
    """Yield the sentences of a folded text; a "but" begins another."""
    text = _W.sub("with ", _W_O.sub("without ", plain)).replace("&", " and ")
    start = 0
    for stop in (*_SENTENCE.finditer(text), None):
        written = text[start : stop.start() if stop else len(text)]
        start = stop.end() if stop else start
        parts = [tuple(_TOKEN.findall(part)) for part in _PART.split(written)]
        parts = [part for part in parts if part]
        if not parts:
            continue
        answer = ASKED if (stop and stop["asked"]) or _is_question(parts[0]) else None
        if parts[-1][-1] in (YES, NO, OPEN):
            answer = parts[-1][-1]
            parts[-1] = parts[-1][:-1]
            parts = [part for part in parts if part]
        elif parts[-1][-1:] in (("no",), ("none",)) and len(parts[-1]) > 1:
            answer = NO
            parts[-1] = parts[-1][:-1]
        if parts:
            yield Sentence(tuple(parts), answer)


def _is_question(part: Words) -> bool:
    """Whether a sentence begins as a question does, its mark left out: "does it contain"."""
    following = part[1] if len(part) > 1 else ""
    asks = part[0] == "does" and following not in NEGATORS
    return asks or (part[0] in ASKING_VERBS and following in ASKED_OF)


def is_open(sentence: Sentence, at: int, start: int, behind: Words) -> bool:
    """Whether a sentence asks for what it names, or leaves it to somebody to decide."""
    if sentence.answer in (OPEN, ASKED) and at >= (
        sentence.answered_from if sentence.answer == OPEN else 0
    ):
        return True
    before, near = sentence.before(at, start), sentence.parts[at][:start]
    if has(before, OPEN_BEFORE) or "?" in before:
        return True
    if has(_without_denied_modals(near), OPEN_NEAR):
        return True
    following = sentence.parts[at + 1] if at + 1 < len(sentence.parts) else ()
    return has(behind, OPEN_BEHIND) or has(following[:3], OPEN_BEHIND)


def _without_denied_modals(found: Words) -> Words:
    """Return words without "can" and the like in "can not", which is no doubt."""
    return tuple(
        word for place, word in enumerate(found) if found[place + 1 : place + 2] != ("not",)
    )


def is_bound_denial(part: Words, start: int) -> bool:
    """Whether a denial reaches the word at *start* with nothing else between that it may deny."""
    for place in range(start - 1, -1, -1):
        if is_negator(part, place):
            return True
        if part[place] not in TRANSPARENT | COMBINING:
            return False
    return False


def is_negator(part: Words, place: int) -> bool:
    """Whether the word there denies what follows it."""
    following = part[place + 1] if place + 1 < len(part) else ""
    if part[place] in NEGATORS_OF:
        return following == "of"
    return part[place] in NEGATORS and following not in NOT_NEGATING


def negator_behind(behind: Words) -> bool:
    """Whether what follows says that it is not done: "is not added", "not required"."""
    for place, word in enumerate(behind[:4]):
        if word in ("not", "never"):
            return bool(behind[place + 1 : place + 2]) and behind[place + 1] in NOT_DONE
        if word in ("unnecessary", "contraindicated", "absent"):
            return True
        if word not in TRANSPARENT:
            return False
    return False


def is_denied_thing(behind: Words) -> bool:
    """Whether a denial is of the thing itself in the graft, by what follows its name."""
    if not behind or behind[0] in AFTER_DENIED:
        return True
    if behind[0] in ("in", "within", "on", "with", "into", "from", "for"):
        rest = [word for word in behind[1:3] if word not in ("the", "this", "any", "a", "our")]
        return bool(rest) and rest[0] in GRAFTS
    return False


def is_closing(word: str) -> bool:
    """Whether a word may follow a thing that is named in full: not "edema" behind "marrow"."""
    if word in ELSEWHERE:
        return False
    return (
        word in AFTER_NAMED
        or word[0].isdigit()
        or word in COMBINING
        or word in GRAFTS
        or word.endswith(("ly", "ed"))
        or word == "?"
    )


def has(found: Words, phrases: Iterable[str]) -> bool:
    """Whether any of *phrases* stands among the words."""
    padded = f" {' '.join(found)} "
    return any(f" {phrase} " in padded for phrase in phrases)
