"""Criteria on the patient's age in completed years."""

from typing import Literal, Self

from pydantic import Field, model_validator

from cards.facts import Strict
from cards.values.kleene import agreed
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View, silent

_WHAT = "Age"


class Age(Strict):
    """Completed years on the as-of date: *at_least* inclusive, *below* exclusive."""

    kind: Literal["age"]
    at_least: int | None = Field(default=None, ge=0)
    below: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.at_least is None and self.below is None:
            raise ValueError("give at_least, below, or both")
        if None not in (self.at_least, self.below) and not self.holds(self.at_least or 0):
            message = f"nobody is {self.at_least} or older and younger than {self.below}; mend one"
            raise ValueError(message)
        return self

    def holds(self, age: int) -> bool:
        """Whether an age lies in the bounds."""
        young = self.below is None or age < self.below
        return young and (self.at_least is None or self.at_least <= age)


def decide(test: Age, view: View) -> Verdict:
    """Return whether the age lies in the bounds, whatever a partial birth date leaves open."""
    patient = view.chart.patient
    if patient is None:
        return silent(view, _WHAT, "Patient")
    reference = f"Patient/{view.chart.patient_id}"
    fault = view.chart.fault_in(patient)
    if fault is not None:
        return Verdict(State.NOT_DOCUMENTED, _WHAT, (Evidence(reference),), Why.BROKEN, fault)
    birth, ages = view.birth(), view.ages()
    if birth is None or ages is None:
        if patient.get("birthDate") is None:
            return silent(view, _WHAT, "Patient")
        where = (Evidence(reference),)
        return Verdict(State.NOT_DOCUMENTED, _WHAT, where, Why.IMPOSSIBLE_DATE)
    least, greatest = ages
    shown = f"{least}" if least == greatest else f"{least} or {greatest}"
    evidence = (Evidence(reference, f"{shown} years"),)
    truth = agreed(map(test.holds, ages))
    if truth is None:
        return Verdict(State.NOT_DOCUMENTED, _WHAT, evidence, Why.UNDECIDED_DATE)
    return Verdict(State.of(truth), _WHAT, evidence)
