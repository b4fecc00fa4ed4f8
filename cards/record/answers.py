"""What the words of an answer say of a finding: there, not there, or neither for certain."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from typing import Any

from cards.facts import FindingFact
from cards.record.chromosomes import counts_in
from cards.record.quantity import value_of
from cards.values.coding import read_concept
from cards.values.interval import Interval
from cards.values.text import Mention, mention, normalised, says, words


class Says(Enum):
    """What one resource says of a finding."""

    PRESENT = "present"
    ABSENT = "absent"
    DOUBTFUL = "doubtful"


_NEGATIVE_FLAGS = frozenset({"NEG", "N", "ND", "NR"})
_POSITIVE_FLAGS = frozenset({"POS", "A", "AA", "DET", "R", "H", "L"})
# Whole answers, apart from the finding's own name: a longer text is not guessed at.
_ABSENT_ANSWERS = frozenset(
    {
        "absent", "negative", "none", "no", "not detected", "not present", "not seen", "not found",
        "never", "not identified", "normal", "ruled out", "denied", "denies", "undetected", "false",
        "not observed", "unremarkable", "none seen", "none detected", "none found", "no evidence",
        "no evidence of", "none identified", "n",
        "neg", "not evident", "excluded", "known absent",
    }
)  # fmt: skip
_PRESENT_ANSWERS = frozenset(
    {
        "present", "positive", "detected", "yes", "seen", "found", "identified", "true", "observed",
        "active", "abnormal", "y", "pos", "confirmed", "evident",
        "known present",
    }
)  # fmt: skip
# A test that nobody did, or whose result is not there, is no negative and no positive.
_UNANSWERED = (
    "not done", "not performed", "not tested", "not available", "not recorded", "ordered",
    "requested", "sent", "pending", "insufficient",
)  # fmt: skip
# What says that the answer stands elsewhere, and is none.
_ELSEWHERE = re.compile(
    r"(?:please )?(?:see|refer to) (?:the |attached |full |separate |scanned )*"
    r"(?:report|note|notes|comment|comments|text|below|attached|attachment|scan|interpretation)\.?"
)
# "No history of", "never": what speaks of the past, and of no single day.
_OF_THE_PAST = ("history", "h/o", "hx", "ever", "never", "past", "previous", "previously", "prior")
_ONLY_A_NUMBER = re.compile(r"[\s:=<>~.,%\u2264\u2265]*\d[\d\s.,%]*(?:is)?\s*")
_APART = re.compile(r"[;:()]|,(?!\d)")
_ZERO = re.compile(r"(?<![\d.,/])0+(?:[.,]0+)?\s*(?:%|percent\b|copies\b)")
_NO_AMOUNT = re.compile(r"[\s:=~]*(?:[<\u2264]|0*(?:[.,]0*)?(?![\d.,]))")
_FILLING = frozenset({"and", "the", "a", "is", "12", "lead", "tracing", "sinus", "rhythm", "rate"})


def said_in(fact: FindingFact, written: str, *, of_study: bool) -> Says | None:
    """Return what a text says of the finding; in a study, None where it says nothing of it."""
    counts = counts_in(written) if of_study and fact.chromosomes_below is not None else []
    counted = said_by_counts(fact, counts)
    worded = _said_in_words(fact, written, of_study=of_study)
    if counted is None or worded in (None, counted):
        return counted or worded
    # A name in words, such as "hyperdiploid", is not read to its end where a count says the same.
    named = mention(written, (*fact.words.any_of, *fact.answers.present_words))
    opposed = counted is Says.PRESENT or named is not None
    return Says.DOUBTFUL if opposed else counted


def said_by_counts(fact: FindingFact, counts: Iterable[Interval]) -> Says | None:
    """Return what the numbers of chromosomes say of a finding that they show; None for none.

    One clone that has few enough shows it, whatever cells are beside it.
    """
    if fact.chromosomes_below is None:
        return None
    enough = [each.at_least(Decimal(fact.chromosomes_below)) for each in counts]
    if not enough:
        return None
    if False in enough:
        return Says.PRESENT
    return Says.DOUBTFUL if None in enough else Says.ABSENT


def _said_in_words(fact: FindingFact, written: str, *, of_study: bool) -> Says | None:
    answers = fact.answers
    named = _sense(mention(written, (*fact.words.any_of, *answers.present_words)))
    if named is not None:
        unanswered = not of_study and _leaves_open(written, fact)
        whole = mention(written, answers.absent_words) is Mention.PRESENT
        of_a_part = named is Says.ABSENT and not whole and only_of_a_part(fact, written)
        return Says.DOUBTFUL if unanswered or of_a_part else named
    absent = mention(written, answers.absent_words) if answers.absent_words else None
    if mention(written, answers.implying_words) is Mention.PRESENT:
        return Says.PRESENT
    if absent is not None:
        sure = absent is Mention.PRESENT and _says_no_more(fact, written)
        return Says.ABSENT if sure else Says.DOUBTFUL
    if of_study:
        return None
    return _answer_of_a_kind(fact, written) if answers.kinds else _answer_with_number(written)


def _answer_of_a_kind(fact: FindingFact, written: str) -> Says:
    """Return an answer that may name one kind of the finding: its absence rules out no other."""
    answers, plain = fact.answers, normalised(written)
    bare = _without(plain, (*answers.kinds, *answers.neutral_words))
    said = _answer_with_number(bare)
    return Says.DOUBTFUL if said is Says.ABSENT and says(plain, answers.kinds) else said


def _without(plain: str, names: Sequence[str]) -> str:
    listed = "|".join(re.escape(each) for each in names)
    return re.sub(rf"\b(?:{listed})\b", " ", plain)


def _answer_with_number(written: str) -> Says:
    """Return a whole answer, and one with a number set apart: "35% IS, detected".

    A number alone is no answer, and one that is none at all speaks against a yes beside it.
    """
    parts = [each.strip() for each in _APART.split(normalised(written)) if each.strip()]
    numbers = [each for each in parts if _ONLY_A_NUMBER.fullmatch(each)]
    rest = [each for each in parts if each not in numbers]
    if len(numbers) != 1 or len(rest) != 1:
        return whole_answer(written)
    said = whole_answer(rest[0])
    nothing = _NO_AMOUNT.match(numbers[0]) is not None
    return Says.DOUBTFUL if said is Says.PRESENT and nothing else said


def whole_answer(written: str) -> Says:
    """Return what a text says that is an answer and nothing else; doubtful for any other."""
    answer = " ".join(words(written))
    if answer in _ABSENT_ANSWERS:
        return Says.ABSENT
    return Says.PRESENT if answer in _PRESENT_ANSWERS else Says.DOUBTFUL


def only_of_a_part(fact: FindingFact, *texts: str, coded: bool = False) -> bool:
    """Whether texts name a part of the finding alone: without it, other parts may be there.

    *coded*: a code beside them does.
    """
    whole = [each for each in fact.words.any_of if each not in fact.part_words]
    named = coded or any(says(each, fact.part_words) for each in texts)
    return named and not any(says(each, whole) for each in texts)


def _says_no_more(fact: FindingFact, written: str) -> bool:
    """Whether a text holds only words of a clear answer: no block beside a normal rhythm."""
    phrases = (*fact.answers.absent_words, *fact.answers.neutral_words, *fact.study_words)
    known = {word for phrase in phrases for word in words(phrase)} | _FILLING
    return set(words(written)) <= known


def _sense(sense: Mention | None) -> Says | None:
    match sense:
        case None | Mention.FAMILY:
            return None
        case Mention.PRESENT:
            return Says.PRESENT
        case Mention.NEGATED:
            return Says.ABSENT
        case _:
            return Says.DOUBTFUL


def _leaves_open(written: str, fact: FindingFact) -> bool:
    """Whether an answer names the finding and gives no answer, or a bare number or zero for one."""
    plain = normalised(written)
    if says(written, _UNANSWERED) or _ZERO.search(plain):
        return True
    named = next((each for each in map(normalised, fact.words.any_of) if each in plain), None)
    if named is None:
        return False
    known = (*fact.answers.kinds, *fact.answers.neutral_words)
    rest = _without(plain.replace(named, " ", 1), known) if known else plain.replace(named, " ", 1)
    return _ONLY_A_NUMBER.fullmatch(rest) is not None


def is_of_the_past(*texts: str) -> bool:
    """Whether texts speak of whether there ever was a finding, rather than of a day."""
    return any(says(each, _OF_THE_PAST) for each in texts)


def shown_value(part: Mapping[str, Any]) -> str | None:
    """Return the value of an Observation about a finding as people read it; None without one."""
    if isinstance(part.get("valueBoolean"), bool):
        return "present" if part["valueBoolean"] else "absent"
    if isinstance(part.get("valueString"), str):
        return str(part["valueString"]).strip()[:160]
    return read_concept(part.get("valueCodeableConcept")).label or value_of(part).shown


def points_elsewhere(part: Mapping[str, Any]) -> bool:
    """Whether a text only says where the answer stands: "see report"."""
    written = part.get("valueString")
    return isinstance(written, str) and _ELSEWHERE.fullmatch(normalised(written)) is not None


def flags_of(part: Mapping[str, Any]) -> Iterator[Says]:
    """Yield what the interpretation of an Observation says, in codes or failing them in words."""
    written = part.get("interpretation")
    for item in written if isinstance(written, list) else [written]:
        flag = read_concept(item)
        codes = {coding.code.upper() for coding in flag.codings}
        if codes & _NEGATIVE_FLAGS:
            yield Says.ABSENT
        if codes & _POSITIVE_FLAGS:
            yield Says.PRESENT
        if not codes:
            yield from map(whole_answer, flag.texts)
