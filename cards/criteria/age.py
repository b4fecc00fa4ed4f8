"""Criteria on the patient's age in completed years."""

from typing import Literal

from cards.facts import Strict
from cards.record.model import fault_in
from cards.values.kleene import agreed
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View, silent

_WHAT = "Age"


class Age(Strict):
    """Completed years on the as-of date: *at_least* inclusive, *below* exclusive."""

    kind: Literal["age"]
    at_least: int = 0
    below: int = 1000


def decide(test: Age, view: View) -> Verdict:
    """Return whether the age lies in the bounds, whatever a partial birth date leaves open."""
    patient = view.chart.patient
    if patient is None:
        return silent(view, _WHAT, "Patient")
    reference = f"Patient/{view.chart.patient_id}"
    fault = fault_in(patient)
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
    truth = agreed(test.at_least <= age < test.below for age in ages)
    if truth is None:
        return Verdict(State.NOT_DOCUMENTED, _WHAT, evidence, Why.UNDECIDED_DATE)
    return Verdict(State.of(truth), _WHAT, evidence)
