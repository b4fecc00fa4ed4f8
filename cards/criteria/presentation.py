"""Criteria on how a leukemia presented: counts and age at diagnosis, before any treatment."""

from datetime import date, timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from cards.criteria.measured import Bound, judge, latest
from cards.facts import Measurement, Strict
from cards.history.treatment import diagnosis, induction_start
from cards.record.observations import Reading, readings_of
from cards.values.dates import DateSpan, completed_years
from cards.values.kleene import any_of
from cards.values.text import says
from cards.verdict import State, Verdict, Why
from cards.view import View, silent

_NAMED = ("at presentation", "at diagnosis", "presenting", "initial", "diagnostic")
# Without a start of treatment on record, a count of later days may already be a treated one.
_UNTREATED = timedelta(days=3)


class AtPresentation(Bound):
    """The value nearest diagnosis and before treatment lies on the asked side of the bound."""

    kind: Literal["at-presentation"]
    fact: str
    diseases: tuple[str, ...] = Field(min_length=1)


class AgeAtDiagnosis(Strict):
    """Completed years at diagnosis are below *below*, or *at_least* or more."""

    kind: Literal["age-at-diagnosis"]
    diseases: tuple[str, ...] = Field(min_length=1)
    below: int = Field(gt=0)
    at_least: int = Field(gt=0)

    @model_validator(mode="after")
    def _leaves_a_middle(self) -> Self:
        if self.at_least <= self.below:
            message = f"every age is below {self.below} or at least {self.at_least}; mend one"
            raise ValueError(message)
        return self


def decide(test: AtPresentation, view: View) -> Verdict:
    """Return whether the value at presentation satisfies the test; later values never do."""
    fact = view.fact(test.fact, Measurement)
    readings = readings_of(fact, view.chart, view.clinical.value_sets, view.as_of)
    named = [each for each in readings if any(says(name, _NAMED) for name in each.names)]
    found = diagnosis(view, frozenset(test.diseases))
    start = induction_start(view)
    if named:
        chosen = named
    elif found is None:
        return silent(view, fact.label, "Observation", "Condition")
    else:
        day = found[1].first
        until = start[1].last if start is not None else found[1].last + _UNTREATED
        before = [each for each in readings if each.on is not None and each.on.last <= until]
        chosen = _nearest(before, day)
    if not chosen:
        return silent(view, fact.label, "Observation")
    return _undated_age(judge(test, chosen, fact.label, view))


def _undated_age(verdict: Verdict) -> Verdict:
    # A value at presentation is meant to be old: its age is no matter of concern.
    evidence = tuple(
        type(each)(each.reference, each.value, each.on, old=False) for each in verdict.evidence
    )
    return Verdict(verdict.state, verdict.what, evidence, verdict.why, verdict.detail)


def _nearest(readings: list[Reading], day: date) -> list[Reading]:
    distances = [(_distance(each.on, day), each) for each in readings]
    if not distances:
        return []
    least = min(distance for distance, _ in distances)
    return latest([each for distance, each in distances if distance == least])


def _distance(on: DateSpan | None, day: date) -> timedelta:
    if on is None:
        return timedelta.max
    if on.first <= day <= on.last:
        return timedelta()
    return min(abs(on.first - day), abs(on.last - day))


def decide_age(test: AgeAtDiagnosis, view: View) -> Verdict:
    """Return whether the age at diagnosis lies outside the middle ages."""
    what = "Age at diagnosis"
    birth, found = view.birth(), diagnosis(view, frozenset(test.diseases))
    if birth is None or found is None:
        return silent(view, what, "Patient", "Condition")
    evidence, on = found
    ages = {
        completed_years(born, day)
        for born in (birth.first, birth.last)
        for day in (on.first, on.last)
    }
    outside = {age < test.below or age >= test.at_least for age in ages}
    shown = type(evidence)(
        evidence.reference, " or ".join(f"{age} years" for age in sorted(ages)), on
    )
    if len(outside) > 1:
        return Verdict(State.NOT_DOCUMENTED, what, (shown,), Why.UNDECIDED_DATE)
    return Verdict(State.of(any_of(outside)), what, (shown,))
