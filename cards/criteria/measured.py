"""Criteria on the latest value of a measurement."""

from collections.abc import Callable
from decimal import Decimal
from typing import Literal, Self

from pydantic import model_validator

from cards.facts import Measurement, Strict
from cards.record.observations import Reading, near_misses, readings_of
from cards.values.dates import DateSpan
from cards.values.interval import Interval
from cards.values.kleene import Truth, agreed
from cards.verdict import State, Verdict, Why
from cards.view import View, silent

_BOUNDS = ("at_least", "at_most", "above", "below")


class Bound(Strict):
    """One bound on a value, in the fact's unit.

    Exactly one of *at_least*, *at_most* (inclusive), *above*, *below* (exclusive) is given.
    """

    at_least: Decimal | None = None
    at_most: Decimal | None = None
    above: Decimal | None = None
    below: Decimal | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        given = [self.at_least, self.at_most, self.above, self.below]
        if sum(bound is not None for bound in given) != 1:
            message = f"give exactly one of {', '.join(_BOUNDS)}"
            raise ValueError(message)
        return self

    def given(self) -> tuple[str, Decimal]:
        """Return which bound is given, and the bound."""
        return next((key, bound) for key in _BOUNDS if (bound := getattr(self, key)) is not None)

    def holds(self, value: Interval) -> Truth:
        """Whether *value*, in the fact's unit, lies on the asked side."""
        tests: tuple[tuple[Decimal | None, Callable[[Decimal], Truth]], ...] = (
            (self.at_least, value.at_least),
            (self.at_most, value.at_most),
            (self.above, value.above),
            (self.below, value.below),
        )
        return next(test(bound) for bound, test in tests if bound is not None)


class Measured(Bound):
    """The latest value of a measurement lies on the asked side of the bound."""

    kind: Literal["measured"]
    fact: str


def decide(test: Measured, view: View) -> Verdict:
    """Return whether the latest value satisfies the test.

    A latest value that cannot be used blocks older ones. Values of one day must agree.
    """
    fact = view.fact(test.fact, Measurement)
    readings = readings_of(fact, view.chart, view.clinical.value_sets, view.as_of)
    current = latest(readings)
    if not current:
        return _nearly(fact, view, silent(view, fact.label, "Observation"))
    return judge(test, current, fact.label, view)


def judge(test: Bound, current: list[Reading], label: str, view: View) -> Verdict:
    """Return whether all the readings that count lie on the asked side; they must agree."""
    unread = silent(view, label, "Observation")
    evidence = tuple(reading.evidence(view.as_of) for reading in current)
    blocked = next((reading for reading in current if reading.why is not None), None)
    if blocked is not None:
        only = (blocked.evidence(view.as_of),)
        state = State.NOT_DOCUMENTED
        return Verdict(state, label, only, blocked.why, blocked.detail)
    if all(reading.on is None for reading in current):
        return Verdict(State.NOT_DOCUMENTED, label, evidence, Why.UNDATED)
    truths = [
        agreed(test.holds(value) for value in reading.readings) for reading in _joined(current)
    ]
    truth = agreed(truths)
    if truth is not None and unread.state is State.UNAVAILABLE:
        # Only a part of the Observations could be read: a later value may be among the rest.
        return Verdict(State.UNAVAILABLE, label, evidence, unread.why, unread.detail)
    if truth is not None:
        return Verdict(State.of(truth), label, evidence)
    return Verdict(State.NOT_DOCUMENTED, label, evidence, _why_open(current, truths))


def _nearly(fact: Measurement, view: View, unread: Verdict) -> Verdict:
    """Return *unread*, naming the latest results that resemble the fact and do not count."""
    if unread.state is State.UNAVAILABLE:
        return unread
    near = latest(near_misses(fact, view.chart, view.clinical.value_sets, view.as_of))
    if not near:
        return unread
    evidence = tuple(reading.evidence(view.as_of) for reading in near)
    return Verdict(State.NOT_DOCUMENTED, fact.label, evidence, near[0].why)


def _why_open(current: list[Reading], truths: list[Truth]) -> Why:
    if len(set(truths)) > 1:
        return Why.RECORDS_DISAGREE
    if any(len(reading.readings) > 1 for reading in current):
        return Why.NO_UNIT
    return Why.UNDECIDED_RANGE


def latest(readings: list[Reading]) -> list[Reading]:
    """Return the readings that no other is surely later than; undated ones among them."""
    spans = [reading.on for reading in readings if reading.on is not None]
    return [reading for reading in readings if not _superseded(reading.on, spans)]


def _superseded(on: DateSpan | None, spans: list[DateSpan]) -> bool:
    return on is not None and any(on.surely_before(other) for other in spans)


def _joined(current: list[Reading]) -> list[Reading]:
    """Return the readings, with the two ends of one estimated range made one."""
    ends = [reading for reading in current if len(reading.readings) == 1]
    for index, one in enumerate(ends):
        for other in ends[index + 1 :]:
            low, high = one.readings[0], other.readings[0]
            if one.like == other.like or one.reference == other.reference:
                continue
            if not (low.is_exact or high.is_exact) and low.meets(high):
                both = Interval(max(low.low, high.low), min(low.high, high.high))
                rest = [each for each in current if each not in (one, other)]
                return [*rest, Reading(one.reference, one.on, one.shown, (both,))]
    return current
