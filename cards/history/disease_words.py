"""What words say of the state of a disease: its phases, and the number of a remission."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from cards.clinical.states import DiseaseStates, Phase, Turns
from cards.history.remission_words import ORDINALS, remissions_in, without_hopes
from cards.history.states_in_turn import InTurn, in_turn
from cards.history.whose_state import of_the_disease
from cards.values.text import words

# A relapse that is over once remission is reached, and one that is only feared.
_RELAPSE_OVER = re.compile(
    r"\b(?:after|following|post|since)\s+(?:\w+\s+){0,2}relapse", re.IGNORECASE
)
_RELAPSE_FEARED = re.compile(
    r"\brelapse[\s\-]+(?:risk|free|prevention)\b|\brisk\s+of\s+relapse\b", re.IGNORECASE
)
# Where it is a month, it is no doubt.
_MAY = re.compile(r"\bmay,?\s+(?=(?:19|20)\d\d\b)", re.IGNORECASE)
# "Relapsed/refractory" is one or the other; "relapsed and refractory" is both.
_EITHER = re.compile(
    r"\brelaps\w*\s*(?:/|\bor\b|\band/or\b)\s*(?:chemo)?refractory\b"
    r"|\b(?:chemo)?refractory\s*(?:/|\bor\b|\band/or\b)\s*relaps|\br\s?/\s?r\b|\brel\s?/\s?refr?\b",
    re.IGNORECASE,
)
_NARROWED: frozenset[Phase] = frozenset({"active", "relapse", "refractory"})
ANY_PHASE: frozenset[Phase] = frozenset({"remission", "relapse", "refractory", "active"})
_PLAIN = frozenset(
    {
        "patient", "is", "in", "now", "currently", "current", "status", "state", "disease", "the",
        "a", "all", "b", "t", "cell", "acute", "lymphoblastic", "leukemia", "complete", "full",
        "hematologic", "morphologic", "remission", "relapse", "refractory", "cr", "cr1", "cr2",
        "cr3", *ORDINALS, "1", "2", "3",
    }
)  # fmt: skip


class Told(NamedTuple):
    """What one concept states: its phases, and the number of a remission.

    *either*: its words name several phases as one or the other. *unsettled*: they name a remission,
    and none that holds for certain: it is hoped for (*number* is that of the hope), or over.
    """

    phases: frozenset[Phase]
    number: int | None
    either: bool
    unsettled: bool = False


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
    number = remission_number(texts, states, transplanted=transplanted)
    phases = coded or worded
    if coded and coded <= _NARROWED:
        phases = coded | (worded & {"refractory"})
        if coded == {"active"} and worded == {"induction"}:
            phases = worded
    if "refractory" in phases and "remission" not in phases:
        phases -= {"active", "induction"}
    if coded and _contradict(coded, worded):
        phases |= worded
    unordered = not coded and "remission" in worded and len(worded) > 1
    named_either = len(phases) > 1 and any(_EITHER.search(each) for each in texts)
    either = "refractory" not in coded and (unordered or named_either)
    if not phases and any(_names_a_remission(each, states.turns) for each in texts):
        return Told(phases, _hoped_number(texts, states.turns), either=False, unsettled=True)
    return Told(phases, number, either)


def left_open(told: Told) -> Told:
    """Return what words that hold nothing for certain leave possible: every phase."""
    return Told(ANY_PHASE, None, either=True) if told.unsettled else told


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
    whole = _of_the_disease(texts, states, transplanted=transplanted)
    turns = [in_turn(each, states.turns) for each in whole]
    told: frozenset[Phase] = frozenset(
        phase for each in turns if each is not None for phase in each.phases
    )
    rest = tuple(each for each, turn in zip(whole, turns, strict=True) if turn is None)
    return told | _phases_of(rest, states)


def remission_number(
    texts: tuple[str, ...], states: DiseaseStates, *, transplanted: bool = False
) -> int | None:
    """Return the number of the remission that texts state; 2 stands for any after a relapse."""
    whole = _of_the_disease(texts, states, transplanted=transplanted)
    found = {number for each in whole for number in _numbers(each, states.turns)}
    if not found and any(_is_over(each, states.turns) for each in whole):
        return 2
    return found.pop() if len(found) == 1 else None


def _of_the_disease(
    texts: tuple[str, ...], states: DiseaseStates, *, transplanted: bool
) -> tuple[str, ...]:
    """Return texts without the states of something else, feared relapses, and the month of May."""
    return tuple(
        of_the_disease(
            _RELAPSE_FEARED.sub("", _MAY.sub("05/", each)), states.whose, transplanted=transplanted
        )
        for each in texts
    )


def _phases_of(texts: tuple[str, ...], states: DiseaseStates) -> frozenset[Phase]:
    """Return the phases of texts that tell of one state each."""
    plain = tuple(without_hopes(each, states.turns) for each in texts)
    phases = states.worded(plain)
    numbered = any(True for each in plain for _ in _numbers(each, states.turns))
    if not phases and numbered:
        return frozenset({"remission"})
    over = any(_RELAPSE_OVER.search(each) for each in plain)
    if over and phases == {"relapse"} and numbered:
        return frozenset({"remission"})
    return phases - {"relapse"} if over and "remission" in phases else phases


def _is_over(text: str, turns: Turns) -> bool:
    """Whether a text tells of a relapse that a remission has followed, without its number."""
    return in_turn(text, turns) is None and _RELAPSE_OVER.search(text) is not None


def _names_a_remission(text: str, turns: Turns) -> bool:
    turn = in_turn(text, turns)
    hoped = any(each.hoped for each in remissions_in(text, turns))
    return hoped or turn == InTurn(frozenset(), None)


def _hoped_number(texts: tuple[str, ...], turns: Turns) -> int | None:
    hoped = {each.number for text in texts for each in remissions_in(text, turns) if each.hoped}
    return hoped.pop() if len(hoped) == 1 else None


def _numbers(text: str, turns: Turns) -> Iterator[int]:
    """Yield the numbers of the remissions that a text states."""
    turn = in_turn(text, turns)
    if turn is not None:
        if turn.number is not None:
            yield turn.number
        return
    for each in remissions_in(text, turns):
        if each.number is not None and not each.denied and not each.hoped:
            yield each.number
