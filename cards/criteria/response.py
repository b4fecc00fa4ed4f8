"""Criteria on the early response to treatment: values taken some days after induction began."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from cards.criteria.measured import Bound, judge, latest
from cards.facts import Measurement
from cards.history.treatment import induction_start
from cards.record.observations import Reading, readings_of
from cards.values.text import says
from cards.verdict import State, Verdict, Why
from cards.view import View, silent


class Response(Bound):
    """The value of that time lies on the asked side of the bound.

    A value is of that time where its name says so (*words*), or where it was taken between
    *from_day* and *to_day* after the start of induction. *other_methods* are words of methods
    that the policy does not speak of.
    """

    kind: Literal["response"]
    fact: str
    words: tuple[str, ...]
    other_methods: tuple[str, ...] = ()
    from_day: int = Field(ge=0)
    to_day: int

    @model_validator(mode="after")
    def _takes_time(self) -> Self:
        if self.to_day < self.from_day:
            raise ValueError("to_day lies before from_day; mend one of them")
        return self


def decide(test: Response, view: View) -> Verdict:
    """Return whether the response was as asked; a value of another time or method is no answer."""
    fact = view.fact(test.fact, Measurement)
    readings = readings_of(fact, view.chart, view.clinical.value_sets, view.as_of)
    if not readings:
        return silent(view, fact.label, "Observation")
    named = [each for each in readings if _names(each, test.words)]
    timed = named or [each for each in readings if _in_time(each, test, view)]
    if not timed:
        evidence = tuple(each.evidence(view.as_of) for each in latest(readings))
        return Verdict(State.NOT_DOCUMENTED, fact.label, evidence, Why.ANOTHER_TIME)
    fitting = [each for each in timed if not _names(each, test.other_methods)]
    if not fitting:
        evidence = tuple(each.evidence(view.as_of) for each in timed)
        return Verdict(State.NOT_DOCUMENTED, fact.label, evidence, Why.ANOTHER_QUANTITY)
    return judge(test, latest(fitting), fact.label, view)


def _names(reading: Reading, phrases: tuple[str, ...]) -> bool:
    return any(says(name, phrases) for name in reading.names)


def _in_time(reading: Reading, test: Response, view: View) -> bool:
    start = induction_start(view)
    if start is None or reading.on is None:
        return False
    first = start[1].first + timedelta(days=test.from_day)
    last = start[1].last + timedelta(days=test.to_day)
    return first <= reading.on.first and reading.on.last <= last
