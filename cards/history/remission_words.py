"""Where a text names a remission, with its number; and which of them are only hoped for."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cards.clinical.states import Turns
from cards.values.text import says, words

ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4}
_NUMBERED = re.compile(
    r"\bcr\s?[#\-]?\s?(?:\u2265|>=)?\s?(?P<digit>[1-9])\b"
    r"|\b(?P<ordinal>first|second|third|fourth|1st|2nd|3rd)\s+(?:or\s+(?:greater|later|higher|more)\s+)?"
    r"(?:(?:complete|full|continuous|clinical|ha?ematologic(?:al)?|morphologic(?:al)?)\s+){0,3}"
    r"(?:remission|cr)\b"
    r"|\bremission(?:,\s*|\s*\(\s*)(?P<behind>first|second|third|fourth|1st|2nd|3rd)(?=\s*(?:[,;.)]|$))"
    r"|\bremission\s+(?:number\s+|no\s+)?(?P<number>[1-9])\b",
    re.IGNORECASE,
)
_UNNUMBERED = re.compile(
    r"(?<!partial )(?<!partial hematologic )\bremission\b(?![\s\-]+(?:induction|status|not)\b)"
    r"|(?<=in )\bcr\b",
    re.IGNORECASE,
)
_INDUCTION = re.compile(r"\bremission(?=[\s\-]+induction\b)", re.IGNORECASE)
_DENIED = re.compile(
    r"\s*(?:\?|(?:is\s+|was\s+)?(?:not|never|could|cannot|unlikely|questionable|doubtful|unclear"
    r"|disproved|disproven|excluded|refuted|unconfirmed|suspected|possible|probable|pending|expected"
    r"|planned(?!\s+for)|screening)\b)",
    re.IGNORECASE,
)
_NEVER = ("not", "no", "never", "before", "without")
# How many characters on either side of a state are read for it: notes may be long.
WINDOW = 300
# What a plan is told in goes on behind a comma with one of these words alone.
_PART = re.compile(
    r"[;\r\n]|\.(?=\s|$)|,(?!\s*(?:and\s+)?(?:then|followed)\b)|\b(?:now|currently|but)\b",
    re.IGNORECASE,
)
# "HCT in CR1" is a plan, or a transplant of the past.
_TRANSPLANT_IN = re.compile(
    r"\b(?:transplant\w*|\w*hs?ct|\w*sct|\w*bmt)\s+(?:once\s+|while\s+)?(?:in|at|during)\s+"
    r"(?:(?:a|the|his|her|their|any)\s+)?(?:(?:complete|full)\s+)?$",
    re.IGNORECASE,
)


class Remission(NamedTuple):
    """A remission that a text names at *start* to *end*; *number* is None where it has none.

    *denied*: its words say that there is none, or doubt it. *hoped*: they plan for it.
    """

    start: int
    end: int
    number: int | None
    denied: bool
    hoped: bool


def remissions_in(text: str, turns: Turns) -> Iterator[Remission]:
    """Yield every remission that a text names, in its order."""
    numbered = [(match.span(), _number(match)) for match in _NUMBERED.finditer(text)]
    taken = {at for (start, end), _ in numbered for at in range(start, end)}
    plain = [
        (match.span(), None) for match in _UNNUMBERED.finditer(text) if match.start() not in taken
    ]
    for (start, end), number in sorted((*numbered, *plain)):
        before = text[max(0, start - WINDOW) : start]
        part = _PART.split(before)[-1]
        hoped = says(part, turns.hoped) or _TRANSPLANT_IN.search(before) is not None
        hoped = hoped or begins(text[end : end + WINDOW], turns.hoped_after)
        nearby = re.split(r"[,;.]", before)[-1]
        denied = says(nearby, _NEVER) or _DENIED.match(text, end) is not None
        yield Remission(start, end, number, denied, hoped)


def begins(text: str, phrases: tuple[str, ...]) -> bool:
    """Whether a text begins with one of *phrases*; "planned for" goes on with something else."""
    if not text[:1].isspace():
        return False
    found = words(text[:80])
    return any(
        found[: len(phrase)] == phrase and found[len(phrase) : len(phrase) + 1] != ("for",)
        for phrase in map(words, phrases)
    )


def without_hopes(text: str, turns: Turns) -> str:
    """Return a text with "other" in the place of each remission that is only hoped for.

    "Remission induction" is a treatment.
    """
    text = _INDUCTION.sub("other", text)
    parts: list[str] = []
    last = 0
    for each in remissions_in(text, turns):
        if each.hoped:
            parts += [text[last : each.start], "other"]
            last = each.end
    return "".join((*parts, text[last:]))


def _number(match: re.Match[str]) -> int:
    digit = match["digit"] or match["number"]
    return int(digit) if digit else ORDINALS[(match["ordinal"] or match["behind"]).lower()]
