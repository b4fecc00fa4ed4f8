"""Criteria on the relative fall of a measurement within a time."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Literal

from pydantic import Field

from cards.criteria.measured import latest
from cards.facts import Measurement, Strict
from cards.forms import Text
from cards.record.observations import Reading, readings_of
from cards.values.dates import add_months
from cards.values.interval import Interval
from cards.values.kleene import Truth, any_of
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View, silent


class Decline(Strict):
    """A value fell by *at_least_percent* of itself or more within the last *within_months*.

    Only values recorded alike (the same fact under the same code) are compared.
    """

    kind: Literal["decline"]
    facts: tuple[str, ...] = Field(min_length=1)
    label: Text
    at_least_percent: Decimal = Field(gt=0, le=100)
    within_months: int = Field(gt=0)


def decide(test: Decline, view: View) -> Verdict:
    """Return whether the latest value lies that far below an earlier one within the time."""
    outcomes = [
        outcome
        for name in test.facts
        for outcome in _outcomes(test, view.fact(name, Measurement), view)
    ]
    unread = silent(view, test.label, "Observation")
    if unread.state is State.UNAVAILABLE:
        # The latest values may be among what could not be read.
        return unread
    fell = [outcome for outcome in outcomes if outcome.truth is True]
    if fell:
        return Verdict(State.MET, test.label, fell[0].evidence, detail=fell[0].change)
    if not outcomes:
        return Verdict(State.NOT_DOCUMENTED, test.label, why=Why.TOO_FEW)
    if any_of(outcome.truth for outcome in outcomes) is False:
        first = outcomes[0]
        return Verdict(State.NOT_MET, test.label, first.evidence, detail=first.change)
    open_pair = next(outcome for outcome in outcomes if outcome.truth is None)
    return Verdict(State.NOT_DOCUMENTED, test.label, open_pair.evidence, Why.UNDECIDED_RANGE)


@dataclass(frozen=True, slots=True)
class _Pair:
    truth: Truth
    evidence: tuple[Evidence, ...]
    change: str | None


def _outcomes(test: Decline, fact: Measurement, view: View) -> list[_Pair]:
    since = add_months(view.as_of, -test.within_months)
    readings = readings_of(fact, view.chart, view.clinical.value_sets, view.as_of)
    outcomes: list[_Pair] = []
    for like in dict.fromkeys(reading.like for reading in readings):
        group = [each for each in readings if each.like == like]
        within = [each for each in group if each.on and each.on.on_or_after(since)]
        newest = latest(within)
        earlier = [each for each in within if each not in newest]
        for old, new in product(earlier, newest):
            pair = (old.evidence(view.as_of), new.evidence(view.as_of))
            truth = _fell(old, new, test.at_least_percent)
            outcomes.append(_Pair(truth, pair, _change(old, new)))
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


def _change(old: Reading, new: Reading) -> str | None:
    """Return the relative change in words, for two exact values."""
    if len(old.readings) != 1 or len(new.readings) != 1:
        return None
    before, after = old.readings[0], new.readings[0]
    if not (before.is_exact and after.is_exact) or before.low <= 0:
        return None
    percent = (before.low - after.low) / before.low * 100
    rounded = abs(percent).quantize(Decimal("0.1"))
    return f"a {'fall' if percent >= 0 else 'rise'} of {rounded}%"
