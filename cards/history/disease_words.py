"""What words say of the state of a disease: its phases, and the number of a remission."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cards.clinical.states import DiseaseStates, Phase
from cards.history.whose_state import of_the_disease
from cards.values.text import says, words

_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4}
_NUMBERED = re.compile(
    r"\bcr\s?[#\-]?\s?(?:\u2265|>=)?\s?(?P<digit>[1-9])\b"
    r"|\b(?P<ordinal>first|second|third|fourth|1st|2nd|3rd)\s+(?:or\s+(?:greater|later|higher|more)\s+)?"
    r"(?:complete\s+|hematologic\s+|full\s+)?(?:remission|cr)\b"
    r"|\bremission\s+(?:number\s+|no\s+)?(?P<number>[1-9])\b",
    re.IGNORECASE,
)
_NOT_REACHED = (
    "not", "no", "never", "awaiting", "planned", "plan", "pending", "goal", "expected", "intended",
    "until", "after", "before", "if",
)  # fmt: skip
_CLAUSES = re.compile(r"[,;.]")
_DENIED = re.compile(
    r"\s*(?:\?|(?:is\s+|was\s+)?(?:not|never|could|cannot|unlikely|questionable|doubtful|unclear"
    r"|disproved|disproven|excluded|refuted|unconfirmed|suspected|possible|probable|pending|expected"
    r"|planned|screening)\b)",
    re.IGNORECASE,
)
# A relapse that is over once remission is reached, and one that is only feared.
_RELAPSE_OVER = re.compile(
    r"\b(?:after|following|post|since)\s+(?:\w+\s+){0,2}relapse", re.IGNORECASE
)
_RELAPSE_FEARED = re.compile(
    r"\brelapse[\s\-]+(?:risk|free|prevention)\b|\brisk\s+of\s+relapse\b", re.IGNORECASE
)
# "Relapsed/refractory" is one or the other; "relapsed and refractory" is both.
_EITHER = re.compile(
    r"\brelaps\w*\s*(?:/|\bor\b|\band/or\b)\s*refractory\b"
    r"|\brefractory\s*(?:/|\bor\b|\band/or\b)\s*relaps|\br\s?/\s?r\b|\brel\s?/\s?refr?\b",
    re.IGNORECASE,
)
_NARROWED: frozenset[Phase] = frozenset({"active", "relapse", "refractory"})
_PLAIN = frozenset(
    {
        "patient", "is", "in", "now", "currently", "current", "status", "state", "disease", "the",
        "a", "all", "b", "t", "cell", "acute", "lymphoblastic", "leukemia", "complete", "full",
        "hematologic", "morphologic", "remission", "relapse", "refractory", "cr", "cr1", "cr2",
        "cr3", *_ORDINALS, "1", "2", "3",
    }
)  # fmt: skip


class Told(NamedTuple):
    """What one concept states: its phases, and the number of a remission.

    *either*: its words name several phases as one or the other.
    """

    phases: frozenset[Phase]
    number: int | None
    either: bool


def told_by(
    coded: frozenset[Phase],
    texts: tuple[str, ...],
    states: DiseaseStates,
    *,
    transplanted: bool = False,
) -> Told:
    """Return what a concept states, by its codes (*coded*) before its texts.

    Where one of them says remission and the other says that there is none, both stay open.
    No code of ICD-10-CM tells refractory disease from new or relapsed: there the text adds it,
    and a code for "not in remission" beside it says nothing more. *transplanted*: the order
    follows a transplant, and what was before it does not count.
    """
    worded = phases_in(texts, states, transplanted=transplanted)
    phases = coded or worded
    if coded and coded <= _NARROWED:
        phases = coded | (worded & {"refractory"})
        if coded == {"active"} and worded == {"induction"}:
            phases = worded
    if "refractory" in phases:
        phases -= {"active", "induction"}
    if coded and _contradict(coded, worded):
        phases |= worded
    either = "refractory" not in coded and any(_EITHER.search(each) for each in texts)
    return Told(phases, remission_number(texts), either)


def _contradict(coded: frozenset[Phase], worded: frozenset[Phase]) -> bool:
    if coded == {"remission"}:
        return bool(worded) and worded <= {"relapse", "refractory"}
    return worded == {"remission"} and "remission" not in coded


def is_plain(text: str) -> bool:
    """Whether a remark names a state and says no more, as "in first complete remission (CR1)".

    What is longer tells of plans and of the past as well, and is not read.
    """
    return set(words(text)) <= _PLAIN


def phases_in(
    texts: tuple[str, ...], states: DiseaseStates, *, transplanted: bool = False
) -> frozenset[Phase]:
    """Return the phases that texts state; a bare "CR2" states a remission.

    *transplanted*: the order follows a transplant, and what was before it does not count.
    """
    plain = tuple(
        of_the_disease(_RELAPSE_FEARED.sub("", each), states.whose, transplanted=transplanted)
        for each in texts
    )
    phases = states.worded(plain)
    if not phases and remission_number(texts) is not None:
        return frozenset({"remission"})
    over = any(_RELAPSE_OVER.search(each) for each in plain)
    if over and phases == {"relapse"} and any(True for each in texts for _ in _numbers(each)):
        return frozenset({"remission"})
    return phases - {"relapse"} if over and "remission" in phases else phases


def remission_number(texts: tuple[str, ...]) -> int | None:
    """Return the number of the remission that texts state; 2 stands for any after a relapse."""
    found = {number for each in texts for number in _numbers(each)}
    if not found and any(_RELAPSE_OVER.search(each) for each in texts):
        return 2
    return found.pop() if len(found) == 1 else None


def _numbers(text: str) -> Iterator[int]:
    for match in _NUMBERED.finditer(text):
        before = _CLAUSES.split(text[: match.start()])[-1]
        if not says(before, _NOT_REACHED) and not _DENIED.match(text, match.end()):
            digit = match["digit"] or match["number"]
            yield int(digit) if digit else _ORDINALS[match["ordinal"].lower()]
