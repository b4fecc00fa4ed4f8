"""The questions that choose a branch of a policy: what the order is for, and which graft."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cards.history.disease_course import course
from cards.history.milestone import Milestone
from cards.history.whose_state import states_alone
from cards.policy import Question
from cards.purpose.application import application
from cards.record.chart import Resource, reference_of
from cards.record.conditions import Standing, standing
from cards.values.coding import Concept, read_concept
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View, silent

OUTSIDE = "outside"  # the answer that leads out of the policy's field


@dataclass(frozen=True, slots=True)
class Answered:
    """The answers that are possible, and the verdict that says how we know.

    *values* are the indications or graft types behind the answers. *recognised* is false where
    nothing in order or record says anything that any policy knows. *timeline* is the course of
    the disease, where the question is about it.
    """

    possible: frozenset[str]
    verdict: Verdict
    values: frozenset[str] = frozenset()
    recognised: bool = True
    timeline: tuple[Milestone, ...] = ()


def answer(question: Question, view: View) -> Answered:
    """Return what the order and the chart say to a question."""
    return _ANSWER[question.kind](question, view)


def _graft(question: Question, view: View) -> Answered:
    order = view.order
    evidence = (Evidence(order.reference, order.name),)
    if len(order.grafts) == 1:
        possible = _answers(question, order.grafts)
        state = State.of(possible == {question.wanted})
        return Answered(possible, Verdict(state, question.title, evidence), order.grafts)
    why = Why.CODES_DISAGREE if order.grafts_contradict else Why.NOT_STATED
    verdict = Verdict(State.NOT_DOCUMENTED, question.title, evidence, why)
    return Answered(frozenset(question.answers), verdict)


def _therapy(question: Question, view: View) -> Answered:
    values = frozenset({view.order.therapy})
    evidence = (Evidence(view.order.reference, view.order.name),)
    possible = _answers(question, values)
    state = State.of(possible == {question.wanted})
    return Answered(possible, Verdict(state, question.title, evidence), values)


_ADULT = 18


def _age_group(question: Question, view: View) -> Answered:
    ages = view.ages()
    if ages is None:
        verdict = silent(view, question.title, "Patient")
        return Answered(frozenset(question.answers), verdict)
    values = frozenset("adult" if age >= _ADULT else "child" for age in ages)
    possible = _answers(question, values)
    shown = "; ".join(f"{age} years" for age in dict.fromkeys(ages))
    evidence = (Evidence(f"Patient/{view.chart.patient_id}", shown),)
    if len(possible) > 1:
        verdict = Verdict(State.NOT_DOCUMENTED, question.title, evidence, Why.UNDECIDED_DATE)
    else:
        verdict = Verdict(State.of(possible == {question.wanted}), question.title, evidence)
    return Answered(possible, verdict, values)


def _course(question: Question, view: View) -> Answered:
    found = course(view, frozenset(question.diseases))
    possible = _answers(question, found.states)
    reason = view.chart.why_unavailable("Condition", "Observation")
    if reason is not None:
        # A later statement may be among what could not be read.
        could_not = Verdict(
            State.UNAVAILABLE, question.title, found.evidence, Why.COULD_NOT_LOOK, reason
        )
        return Answered(
            frozenset(question.answers), could_not, found.states, timeline=found.timeline
        )
    if not found.recognised:
        verdict = Verdict(State.NOT_DOCUMENTED, question.title, why=Why.SILENT)
    elif len(possible) > 1:
        why = Why.UNDECIDED_STATE
        verdict = Verdict(State.NOT_DOCUMENTED, question.title, found.evidence, why)
    else:
        state = State.of(possible == {question.wanted})
        verdict = Verdict(state, question.title, found.evidence)
    return Answered(possible, verdict, found.states, timeline=found.timeline)


def _application(question: Question, view: View) -> Answered:
    for value in (each for values in question.answers.values() for each in values):
        used = application(value, question.title, view)
        shown = {State.MET: {question.wanted}, State.NOT_MET: {OUTSIDE}}
        possible = frozenset(shown.get(used.verdict.state, {question.wanted, OUTSIDE}))
        return Answered(possible, used.verdict, recognised=used.recognised)
    return Answered(frozenset({OUTSIDE}), Verdict(State.NOT_MET, question.title))


def _answers(question: Question, values: frozenset[str]) -> frozenset[str]:
    return frozenset(
        next(
            (name for name, meant in question.answers.items() if value in meant),
            _elsewhere(question),
        )
        for value in values
    )


def _for_diseases(question: Question, named: Iterable[str], view: View) -> frozenset[str]:
    """Return the answers for diseases: one that an answer does not name goes by its broader kind.

    What is defined later for one policy so changes nothing for another, which speaks of the whole.
    """
    listed = frozenset(value for values in question.answers.values() for value in values)
    spoken_of = (
        next((kind for kind in view.clinical.kinds_of(name) if kind in listed), name)
        for name in named
    )
    return _answers(question, frozenset(spoken_of))


def _indication(question: Question, view: View) -> Answered:
    if view.order.reasons:
        stated = _stated(question, view)
        if stated is not None:
            return stated
    return _from_record(question, view)


def _stated(question: Question, view: View) -> Answered | None:
    """Return what the order's reasons say; None where all of them were entered in error."""
    named: dict[str, list[Evidence]] = {}
    unreadable = void = 0
    shown: list[str] = []
    for reason in view.order.reasons:
        concept, condition = _reason(reason, view)
        if condition is not None and standing(condition) is Standing.VOID:
            void += 1
            continue
        if concept is None:
            unreadable += 1
            continue
        if concept.label is not None:
            shown.append(concept.label)
        owner = reference_of(condition) if condition is not None else view.order.reference
        for value in view.clinical.indications_of(concept):
            named.setdefault(value, []).append(Evidence(owner, concept.label))
    kept = {each for each in named if not view.clinical.indications[each].companion}
    named = {each: said for each, said in named.items() if each in (kept or named)}
    if void == len(view.order.reasons):
        return None
    order = (Evidence(view.order.reference, "; ".join(shown) or None),)
    recorded = None if named else _of_the_stated_state(question, view)
    if recorded is not None:
        return recorded
    if not named:
        why = Why.UNREADABLE_REFERENCE if unreadable else Why.NOT_RECOGNISED
        could_not = unreadable and ("Condition" in view.chart.unavailable or _unread(view))
        state = State.UNAVAILABLE if could_not else State.NOT_DOCUMENTED
        verdict = Verdict(state, question.title, order, why)
        return Answered(_anything(question), verdict, recognised=bool(unreadable))
    doubted = [each for value in named for each in _only_doubted(value, view)]
    if doubted:
        possible = _for_diseases(question, named, view) | {_elsewhere(question)}
        evidence = tuple(doubted)
        verdict = Verdict(State.NOT_DOCUMENTED, question.title, evidence, Why.NOT_CONFIRMED)
        return Answered(possible, verdict, frozenset(named))
    return _settled(question, named, view)


def _of_the_stated_state(question: Question, view: View) -> Answered | None:
    """Return the disease on record whose state the reasons tell, where they name no disease.

    None where a reason tells anything else, or the record holds no disease that has such states.
    """
    states, clinical = view.clinical.states, view.clinical
    for reason in view.order.reasons:
        concept, condition = _reason(reason, view)
        doubted = condition is not None and standing(condition) is not Standing.PRESENT
        if concept is None or concept.codings or doubted:
            return None
        if not any(states_alone(each, states) for each in concept.texts):
            return None
    found = _from_record(question, view)
    named = {kind for value in found.values for kind in clinical.kinds_of(value)}
    unread = found.verdict.state is State.UNAVAILABLE
    return found if unread or not named.isdisjoint(states.diseases) else None


def _unread(view: View) -> bool:
    reasons, order = view.order.reasons, view.order.resource
    return any(view.chart.why_missing(reason, order) is not None for reason in reasons)


def _reason(reason: Any, view: View) -> tuple[Concept | None, Resource | None]:
    if not isinstance(reason, dict):
        return None, None
    if "reference" not in reason:
        concept = read_concept(reason)
        if not concept.codings and not concept.texts and isinstance(reason.get("display"), str):
            concept = Concept(texts=(reason["display"],))
        return concept, None
    found = view.chart.resolve(reason, view.order.resource)
    if found is not None:
        is_condition = found.get("resourceType") == "Condition"
        return read_concept(found.get("code")), found if is_condition else None
    display = reason.get("display")
    return (Concept(texts=(display,)) if isinstance(display, str) else None), None


def _conditions(value: str, view: View) -> Iterator[tuple[Resource, Concept]]:
    clinical = view.clinical
    for condition in view.chart.about(
        "Condition",
        ("disease", value, clinical),
        lambda each: value in clinical.indications_of(each),
    ):
        yield condition, read_concept(condition.get("code"))


def _only_doubted(value: str, view: View) -> list[Evidence]:
    """Return the Conditions of a disease where every one is refuted or unconfirmed."""
    doubted = []
    for condition, concept in _conditions(value, view):
        stands = standing(condition)
        if stands is Standing.VOID:
            continue
        if stands not in (Standing.REFUTED, Standing.UNCONFIRMED):
            return []
        doubted.append(Evidence(reference_of(condition), f"{concept.label}, {stands.value}"))
    return doubted


def _from_record(question: Question, view: View) -> Answered:
    """Return what the problems on record leave possible where the order states no reason."""
    candidates: dict[str, list[Evidence]] = {}
    for condition in view.chart.all("Condition"):
        if standing(condition) not in (Standing.PRESENT, Standing.REMISSION):
            continue
        concept = read_concept(condition.get("code"))
        for value in view.clinical.indications_of(concept):
            if not view.clinical.indications[value].candidate:
                continue
            evidence = Evidence(reference_of(condition), concept.label)
            candidates.setdefault(value, []).append(evidence)
    reason = view.chart.why_unavailable("Condition")
    if reason is not None:
        verdict = Verdict(State.UNAVAILABLE, question.title, why=Why.COULD_NOT_LOOK, detail=reason)
        return Answered(_anything(question), verdict, frozenset(candidates))
    if not candidates:
        order = (Evidence(view.order.reference),)
        verdict = Verdict(State.NOT_DOCUMENTED, question.title, order, Why.NOT_STATED)
        return Answered(_anything(question), verdict, recognised=False)
    return _settled(question, candidates, view)


def _settled(question: Question, named: Mapping[str, list[Evidence]], view: View) -> Answered:
    possible = _for_diseases(question, named, view)
    evidence = tuple(dict.fromkeys(each for found in named.values() for each in found))
    if len(possible) > 1:
        verdict = Verdict(State.NOT_DOCUMENTED, question.title, evidence, Why.SEVERAL)
    else:
        verdict = Verdict(State.of(possible == {question.wanted}), question.title, evidence)
    return Answered(possible, verdict, frozenset(named))


def _anything(question: Question) -> frozenset[str]:
    return frozenset({*question.answers, _elsewhere(question)})


def _elsewhere(question: Question) -> str:
    return question.otherwise or OUTSIDE


_ANSWER: Mapping[str, Callable[[Question, View], Answered]] = {
    "indication": _indication,
    "therapy": _therapy,
    "graft": _graft,
    "age-group": _age_group,
    "course": _course,
    "application": _application,
}
