"""The course of a leukemia or lymphoma: a timeline out of records that contradict each other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from cards.clinical.states import Phase
from cards.history.disease_words import ANY_PHASE, is_plain, left_open
from cards.history.malignancy_kinds import (
    Kinds,
    are_apart,
    kinds_of,
    kinds_ordered_for,
)
from cards.history.milestone import Milestone
from cards.history.observed_state import observed_states, told_of
from cards.history.whose_state import states_alone
from cards.record.chart import reference_of
from cards.record.conditions import Standing, course_status, present_since, remarks_on, standing
from cards.values.coding import Concept, read_concept
from cards.values.dates import read_date
from cards.verdict import Evidence
from cards.view import View

STATES = frozenset(
    {"first-induction", "first-remission", "later-remission", "relapsed", "refractory"}
)


@dataclass(frozen=True, slots=True)
class Course:
    """The states that the record leaves possible, and the whole timeline behind them.

    *recognised* is false where nothing in the record speaks of the state. *timeline* is sorted
    by date, undated statements last; *evidence* is what decided.
    """

    states: frozenset[str]
    evidence: tuple[Evidence, ...]
    timeline: tuple[Milestone, ...]
    recognised: bool


def course(view: View, diseases: frozenset[str], kinds: Kinds | None = None) -> Course:
    """Return the course of one of *diseases* (slugs of indications) up to the as-of date.

    Of several malignancies on record, that of *kinds*; without them, that of the order's reason.

    The latest statements decide; an earlier relapse makes every later remission a second or
    later one. A remission without number and without any relapse on record may be either.
    """
    kinds = kinds_ordered_for(view) if kinds is None else kinds
    milestones = sorted(_milestones(view, diseases, kinds), key=_by_date)
    stated = [each for each in milestones if each.phases]
    current = _current(stated)
    reason = _reason(view, diseases)
    if reason is not None and reason.phases == {"active"} and _phases(current) & _ACTIVE_KINDS:
        reason = None  # "not in remission" takes in what the record says more closely
    if reason is not None and reason.phases == ANY_PHASE:
        reason = replace(reason, number=None) if _hopes_otherwise(reason, stated) else None
    if reason is not None and (
        reason.number not in {None, *(each.number for each in stated)}
        or not reason.phases <= _phases(current)
    ):
        # The order's own reason numbers a remission that the record does not number. What
        # contradicts it stays open, but for problems that were listed before.
        current = [*(each for each in current if not _overtaken(each, reason)), reason]
        stated = [*stated, reason]
    if not current:
        return Course(STATES, (), tuple(milestones), recognised=False)
    states = frozenset(
        state for phase in _telling(current) for state in _states(phase, current, stated)
    )
    relapses = [each for each in stated if each.past and "relapse" in each.phases]
    evidence = tuple(each.evidence() for each in dict.fromkeys([*current, *relapses]))
    return Course(states, evidence, tuple(milestones), recognised=True)


def first_remission(view: View, diseases: frozenset[str]) -> list[Milestone]:
    """Return the statements that a complete remission was reached, earliest first.

    Of one day's statements those whose day is exact come first.
    """
    kinds = kinds_ordered_for(view)
    reached = [each for each in _milestones(view, diseases, kinds) if "remission" in each.phases]
    dated = [each for each in reached if each.on is not None]
    return sorted(dated, key=lambda each: (_by_date(each), not each.exact))


def _phases(milestones: list[Milestone]) -> frozenset[Phase]:
    return frozenset(phase for each in milestones for phase in each.phases)


def _telling(current: list[Milestone]) -> frozenset[Phase]:
    """Return the phases that tell the state: refractory disease may be in relapse as well."""
    phases = _phases(current)
    if any("refractory" in each.phases and not each.either for each in current):
        return phases - {"relapse", "active", "induction"}
    return phases


def _by_date(milestone: Milestone) -> tuple[date, date]:
    on = milestone.on
    return (on.last, on.first) if on is not None else (date.max, date.max)


def _current(stated: list[Milestone]) -> list[Milestone]:
    standing_now = [each for each in stated if not each.past]
    if _phases(standing_now) & {"refractory", "induction"}:
        # A code for "not in remission" does not overtake what says more closely how it stands.
        standing_now = [
            each
            for each in standing_now
            if each.phases != {"active"} or not each.reference.startswith("Condition/")
        ]
    spans = [each.on for each in standing_now if each.on is not None]
    return [
        each
        for each in standing_now
        if each.on is None or not any(each.on.surely_before(other) for other in spans)
    ]


def _overtaken(listed: Milestone, reason: Milestone) -> bool:
    """Whether a problem was listed before the order, whose reason says something else.

    Relapse is nothing else than refractory disease: who is in relapse may be refractory too.
    """
    if not listed.reference.startswith("Condition/") or listed.phases & reason.phases:
        return False
    if "refractory" in listed.phases and reason.phases == {"relapse"}:
        return False
    return bool(listed.on and reason.on and listed.on.surely_before(reason.on))


def _hopes_otherwise(reason: Milestone, stated: list[Milestone]) -> bool:
    """Whether the remission that the order's reason plans for is not the one on record."""
    numbers = {each.number for each in stated} - {None}
    if reason.number is None or reason.number in numbers:
        return False
    return bool(numbers) or (reason.number == 1 and "relapse" in _phases(stated))


_ACTIVE_KINDS = frozenset({"refractory", "induction", "relapse"})


def _states(phase: Phase, current: list[Milestone], stated: list[Milestone]) -> Iterator[str]:
    relapsed = any("relapse" in each.phases for each in stated)
    match phase:
        case "relapse":
            yield "relapsed"
        case "refractory":
            yield "refractory"
        case "induction":
            yield "first-induction"
        case "active":
            # Newly diagnosed, in induction or refractory: the statement does not say which.
            yield from ("first-induction", "refractory")
            if relapsed:
                yield "relapsed"
        case "remission":
            yield from _remission(current, stated)


def _remission(current: list[Milestone], stated: list[Milestone]) -> Iterator[str]:
    numbers = {each.number for each in stated if each.number is not None}
    # A problem coded as relapse tells of one, even where its status has moved on to remission.
    relapses = [
        each
        for each in stated
        if each.phases == {"relapse"} or ("relapse" in each.phases and each not in current)
    ]
    firsts = [each for each in current if each.number == 1]
    if any(number > 1 for number in numbers):
        yield "later-remission"
        if firsts:
            yield "first-remission"
    elif relapses and firsts:
        # "First remission" after a relapse on record: one of the two is wrong.
        yield from ("first-remission", "later-remission")
    elif relapses:
        yield "later-remission"
    elif numbers:
        yield "first-remission"
    else:
        yield from ("first-remission", "later-remission")


def _milestones(view: View, diseases: frozenset[str], kinds: Kinds) -> Iterator[Milestone]:
    for milestone in (
        *_from_conditions(view, diseases, kinds),
        *observed_states(view, diseases, kinds),
    ):
        if milestone.on is None or milestone.on.first <= view.as_of:
            yield milestone


def _from_conditions(view: View, diseases: frozenset[str], kinds: Kinds) -> Iterator[Milestone]:
    value_sets = view.clinical.value_sets
    for condition in view.chart.all("Condition"):
        concept = read_concept(condition.get("code"))
        disease = view.clinical.names_any(concept, diseases)
        if not disease and not value_sets["disease-in-relapse"].holds_any(concept):
            continue
        if are_apart(kinds, kinds_of(concept, view)):
            continue
        stands = standing(condition)
        if stands in (Standing.VOID, Standing.REFUTED, Standing.UNCONFIRMED):
            continue
        if view.chart.fault_in(condition) is not None:
            continue
        remarked = (each for each in remarks_on(condition) if is_plain(each))
        told = told_of(concept, (*concept.texts, *remarked), view)
        status = course_status(condition)
        yield Milestone(
            reference_of(condition),
            told.phases if status is None else told.phases | {status},
            present_since(condition),
            concept.label or "",
            number=told.number,
            past=stands is Standing.GONE,
            either=told.either,
        )


def _reason(view: View, diseases: frozenset[str]) -> Milestone | None:
    """Return what the order's coded or written reason says of the state, if anything."""
    states = view.clinical.states
    for reason in view.order.reasons:
        if not isinstance(reason, dict) or "reference" in reason:
            continue
        concept: Concept = read_concept(reason)
        named = view.clinical.names_any(concept, diseases)
        if not named and not any(states_alone(each, states) for each in concept.texts):
            continue
        told = told_of(concept, concept.texts, view)
        phases = left_open(told).phases
        if phases:
            on, shown = read_date(view.order.resource.get("authoredOn")), concept.label or ""
            either = left_open(told).either
            return Milestone(view.order.reference, phases, on, shown, told.number, either=either)
    return None
