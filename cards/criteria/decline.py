"""Criteria on the relative fall of a measurement within a time."""

from decimal import Decimal
from itertools import product
from typing import Literal

from cards.criteria.measured import latest
from cards.criteria.view import View, silent
from cards.dates import add_months
from cards.facts import Measurement, Strict
from cards.interval import Interval
from cards.kleene import Truth, any_of
from cards.observations import Reading, readings_of
from cards.verdict import Evidence, State, Verdict, Why


class Decline(Strict):
    """A value fell by *at_least_percent* of itself or more within the last *within_months*.

    Only values recorded alike (the same fact under the same code) are compared.
    """

    kind: Literal["decline"]
    facts: tuple[str, ...]
    label: str
    at_least_percent: Decimal
    within_months: int


def decide(test: Decline, view: View) -> Verdict:
    """Return whether the latest value lies that far below an earlier one within the time."""
    outcomes = [
        outcome
        for name in test.facts
        for outcome in _outcomes(test, view.fact(name, Measurement), view)
    ]
    evidence = [pair for truth, pair in outcomes if truth is True]
    if evidence:
        return Verdict(State.MET, test.label, evidence[0])
    unread = silent(view, test.label, "Observation")
    if unread.state is State.UNAVAILABLE:
        return unread
    if not outcomes:
        return Verdict(State.NOT_DOCUMENTED, test.label, why=Why.TOO_FEW)
    if any_of(truth for truth, _ in outcomes) is False:
        return Verdict(State.NOT_MET, test.label, outcomes[0][1])
    undecided = next(pair for truth, pair in outcomes if truth is None)
    return Verdict(State.NOT_DOCUMENTED, test.label, undecided, Why.UNDECIDED_RANGE)


def _outcomes(
    test: Decline, fact: Measurement, view: View
) -> list[tuple[Truth, tuple[Evidence, ...]]]:
    since = add_months(view.as_of, -test.within_months)
    readings = readings_of(fact, view.chart, view.clinical.value_sets, view.as_of)
    outcomes: list[tuple[Truth, tuple[Evidence, ...]]] = []
    for like in dict.fromkeys(reading.like for reading in readings):
        group = [each for each in readings if each.like == like]
        within = [each for each in group if each.on and each.on.on_or_after(since)]
        newest = latest(within)
        earlier = [each for each in within if each not in newest]
        for old, new in product(earlier, newest):
            pair = (old.evidence(view.as_of), new.evidence(view.as_of))
            outcomes.append((_fell(old, new, test.at_least_percent), pair))
    return outcomes


def _fell(old: Reading, new: Reading, percent: Decimal) -> Truth:
    if len(old.readings) != 1 or len(new.readings) != 1:
        return None
    # (old - new) / old >= percent/100, without a division: new * 100 <= old * (100 - percent).
    floor = old.readings[0].scaled(100 - percent)
    now: Interval = new.readings[0].scaled(Decimal(100))
    if now.high <= floor.low:
        return True
    return False if now.low > floor.high else None
