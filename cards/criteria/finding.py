"""Criteria on whether a finding is present, from statements that may contradict each other."""

from typing import Literal

from cards.facts import READS, FindingFact, Strict
from cards.record.answers import Says
from cards.record.assertions import Assertion, assertions_of
from cards.verdict import State, Verdict, Why
from cards.view import View, silent


class Finding(Strict):
    """The finding is present, or (*present* false) is documented as absent."""

    kind: Literal["finding"]
    fact: str
    present: bool


def decide(test: Finding, view: View) -> Verdict:
    """Return whether the record's last word on the finding is the asked one.

    Silence is no negative, and where having had it is enough, being without it now is none. A
    problem that stands on the list as present speaks until today: a denial since then
    contradicts it, and neither wins.
    """
    fact = view.fact(test.fact, FindingFact)
    said = assertions_of(fact, view.chart, view.clinical.value_sets, view.as_of)
    unread = silent(view, fact.label, *READS["finding"])
    current = _current(fact, said)
    evidence = tuple(each.evidence(view.as_of) for each in current)
    if not current:
        return unread
    senses = {each.says for each in current}
    if senses == {Says.PRESENT}:
        return Verdict(State.of(test.present), fact.label, evidence)
    if senses == {Says.ABSENT}:
        if unread.state is State.UNAVAILABLE:
            # What says that it is present may be among what could not be read.
            return Verdict(State.UNAVAILABLE, fact.label, evidence, unread.why, unread.detail)
        return Verdict(State.of(not test.present), fact.label, evidence)
    broken = next((each.broken for each in current if each.broken), None)
    if broken is not None:
        return Verdict(State.NOT_DOCUMENTED, fact.label, evidence, Why.BROKEN, broken)
    why = Why.DOUBTFUL if len(senses) == 1 else Why.RECORDS_DISAGREE
    return Verdict(State.NOT_DOCUMENTED, fact.label, evidence, why)


def _current(fact: FindingFact, said: list[Assertion]) -> list[Assertion]:
    if fact.constant:
        clear = [each for each in said if each.says is not Says.DOUBTFUL]
        return clear if len({each.says for each in clear}) > 1 else _once_shown(said)
    if fact.stays:
        return _once_shown(said)
    return _ever_shown(said) if fact.past_counts else _last_word(said)


def _ever_shown(said: list[Assertion]) -> list[Assertion]:
    """Return the statements that show it, now or earlier, with those that contradict them.

    Who is without it on a later day may have had it all the same. A denial that it ever was
    contradicts what was shown before, and so does any that cannot be put in order with it.
    """
    shown = [each for each in said if each.says is Says.PRESENT]
    if not shown:
        return _last_word(said)
    return [each for each in said if each in shown or _contradicts(each, shown)]


def _contradicts(one: Assertion, shown: list[Assertion]) -> bool:
    if any(_surely_before(one, each) for each in shown):
        return False
    return one.ever or not any(_surely_before(each, one) for each in shown)


def _surely_before(one: Assertion, other: Assertion) -> bool:
    return one.on is not None and other.on is not None and one.on.surely_before(other.on)


def _once_shown(said: list[Assertion]) -> list[Assertion]:
    """Return the statements that show it; else those that leave it open; else those against."""
    for sense in (Says.PRESENT, Says.DOUBTFUL, Says.ABSENT):
        found = [each for each in said if each.says is sense]
        if found:
            return found
    return []


def _last_word(said: list[Assertion]) -> list[Assertion]:
    """Return the statements that no other has overtaken.

    A statement of one day is overtaken by every surely later one. A lasting one is overtaken
    only by a later lasting one, or by a later refusal or resolution of the problem itself.
    """
    return [each for each in said if not any(_overtaken(each, other) for other in said)]


def _overtaken(one: Assertion, other: Assertion) -> bool:
    if other is one or not _surely_before(one, other):
        return False
    if not one.lasting or other.says is one.says:
        return True
    return other.reference.startswith("Condition/")
