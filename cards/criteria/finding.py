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

    Silence is no negative. A problem that stands on the list as present speaks until today: a
    denial since then contradicts it, and neither wins.
    """
    fact = view.fact(test.fact, FindingFact)
    said = assertions_of(fact, view.chart, view.clinical.value_sets, view.as_of)
    unread = silent(view, fact.label, *READS["finding"])
    current = _once_shown(said) if fact.stays else _last_word(said)
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
    if other is one or one.on is None or other.on is None or not one.on.surely_before(other.on):
        return False
    if not one.lasting or other.says is one.says:
        return True
    return other.reference.startswith("Condition/")
