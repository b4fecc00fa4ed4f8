"""The state of a malignancy as results tell it: which of them do, and what they say."""

from collections.abc import Iterator, Mapping

from cards.clinical.states import DiseaseStates, Phase
from cards.history.disease_words import Told, left_open, phases_in, told_by
from cards.history.malignancy_kinds import Kinds, is_of_another
from cards.history.milestone import Milestone
from cards.history.state_results import asks_after, may_be_of, named_state, told_by_answer
from cards.history.whose_state import is_about_the_disease
from cards.record.answers import Says, whole_answer
from cards.record.chart import Resource, listed, reference_of
from cards.record.observations import FINAL, when
from cards.values.coding import Concept, ValueSet, read_code, read_concept
from cards.values.dates import read_date
from cards.values.text import says
from cards.view import View

_NAMED: frozenset[Phase] = frozenset({"remission", "relapse", "refractory"})


def told_of(concept: Concept, texts: tuple[str, ...], view: View) -> Told:
    """Return what a concept states of the disease, by its codes and by *texts*."""
    states = view.clinical.states
    coded = states.coded(concept, view.clinical.value_sets)
    return told_by(coded, texts, states, transplanted=view.order.step == "infusion")


def observed_states(view: View, diseases: frozenset[str], kinds: Kinds) -> Iterator[Milestone]:
    """Yield what final Observations state of one of *diseases*, of *kinds* where known."""
    states, value_sets = view.clinical.states, view.clinical.value_sets

    def has_reached(concept: Concept) -> bool:
        return any(says(each, states.reached_words) for each in concept.texts)

    def tells(concept: Concept) -> bool:
        named = bool(_named(concept, states)) and may_be_of(concept, view, diseases)
        asked = has_reached(concept) or asks_after(concept, view, diseases)
        return named or asked or _is_status(concept, states, value_sets)

    for observation in view.chart.about(
        "Observation",
        ("course", diseases, states, value_sets),
        tells,
    ):
        if read_code(observation.get("status")) not in FINAL:
            continue
        if view.chart.fault_in(observation) is not None:
            continue
        if is_of_another(observation, view, diseases, kinds):
            continue
        for part in _parts(observation):
            concept = read_concept(part.get("code"))
            if tells(concept):
                yield _stated(observation, part, view, reached=has_reached(concept))


def _parts(observation: Resource) -> Iterator[Resource]:
    """Yield what may hold the state: the Observation, or the components of a panel too."""
    parts = [each for each in listed(observation.get("component")) if isinstance(each, dict)]
    if not parts or any(name.startswith("value") for name in observation):
        yield observation
    yield from parts


def _stated(observation: Resource, part: Resource, view: View, *, reached: bool) -> Milestone:
    """Return what a part of an Observation states; *reached*: its code is that of a remission."""
    value = read_concept(part.get("valueCodeableConcept"))
    texts = list(value.texts)
    if isinstance(part.get("valueString"), str):
        texts.append(part["valueString"])
    concept = read_concept(part.get("code"))
    told, named = left_open(told_of(value, tuple(texts), view)), named_state(concept, view)
    on, shown = when(observation), "; ".join(texts[:1])
    if reached:
        told = told._replace(phases=frozenset({"remission"}))
        on = read_date(part.get("valueDateTime")) or on
        shown = concept.label or "complete remission"
    elif named and not told.phases:
        told = told_by_answer(part, named, view.clinical.states)
        on = read_date(part.get("valueDateTime")) or on
        shown = concept.label or shown
    elif not told.phases and _is_affirmed(part):
        told = told_of(Concept(), concept.texts, view)
        told = told._replace(phases=told.phases & _NAMED)
        shown = concept.label or shown
    return Milestone(
        reference_of(observation),
        told.phases,
        on,
        shown,
        told.number,
        exact=True,
        either=told.either,
    )


def _is_status(concept: Concept, states: DiseaseStates, value_sets: Mapping[str, ValueSet]) -> bool:
    """Whether a result is the state of a malignancy, and neither code nor name says otherwise."""
    coded = any(value_sets[name].holds_any(concept) for name in states.status_codes)
    if coded:
        return all(is_about_the_disease(each, states, coded=True) for each in concept.texts)
    if any(each.holds_any(concept) for each in value_sets.values()):
        return False  # its code is known to be that of another quantity
    named = any(says(each, states.status_words) for each in concept.texts)
    return named and all(is_about_the_disease(each, states) for each in concept.texts)


def _named(concept: Concept, states: DiseaseStates) -> frozenset[Phase]:
    """Return the phases that the name of a result itself states: "Evidence of relapse".

    Residual disease is no such phase: a later test may be negative, which has no name for it.
    """
    worded = tuple(each for phase in _NAMED for each in states.words.get(phase, ()))
    if not any(says(each, worded) for each in concept.texts):
        return frozenset()
    if not all(is_about_the_disease(each, states) for each in concept.texts):
        return frozenset()
    return phases_in(concept.texts, states) & _NAMED


def _is_affirmed(part: Resource) -> bool:
    """Whether the value of a result is a plain yes."""
    if part.get("valueBoolean") is True:
        return True
    texts = [*read_concept(part.get("valueCodeableConcept")).texts]
    if isinstance(part.get("valueString"), str):
        texts.append(part["valueString"])
    return bool(texts) and all(whole_answer(each) is Says.PRESENT for each in texts)
