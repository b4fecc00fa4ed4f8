"""Observations whose code names a state of the disease: "Leukemia relapse", "Date of relapse"."""

from collections.abc import Iterator

from cards.clinical.states import DiseaseStates, Phase
from cards.history.disease_words import Told, left_open
from cards.history.whose_state import of_the_disease
from cards.record.answers import Says, flags_of, whole_answer
from cards.record.chart import Resource
from cards.values.coding import Concept, read_concept
from cards.values.text import Mention, mention, says, words
from cards.view import View

_NAMED: frozenset[Phase] = frozenset({"relapse", "refractory"})


def named_state(concept: Concept, view: View) -> frozenset[Phase]:
    """Return the relapse or refractory disease that a concept names, and nothing besides.

    The rate of relapse, its risk, and the relapse of something else are no state of the disease.
    """
    states = view.clinical.states
    coded = states.coded(concept, view.clinical.value_sets) & _NAMED
    if coded:
        return coded
    named = [each for each in concept.texts if _names_alone(each, states)]
    return states.worded(tuple(named)) & _NAMED


def asks_after(concept: Concept, view: View, diseases: frozenset[str]) -> bool:
    """Whether a concept asks after a state of *diseases*: "leukemia relapse" is that of any."""
    return bool(named_state(concept, view)) and may_be_of(concept, view, diseases)


def may_be_of(concept: Concept, view: View, diseases: frozenset[str]) -> bool:
    """Whether the name of a result is of *diseases* or of any, and not of another alone."""
    states = view.clinical.states
    kinds = {*states.whose.malignancies, *states.results.kinds} - set(states.results.of_any)
    of_any = not concept.codings and all(kinds.isdisjoint(words(each)) for each in concept.texts)
    return of_any or not _names_another(concept, view, diseases)


def _names_alone(text: str, states: DiseaseStates) -> bool:
    whose = states.whose
    known = {
        *states.results.asked_by,
        *states.results.kinds,
        *whose.general,
        *whose.malignancies,
        *whose.qualifiers,
    }
    known |= {*whose.adjectives, *whose.nouns, *whose.transparent, *whose.breaks}
    known -= set(states.results.apart)
    return set(words(text)) <= known and of_the_disease(text, whose) == text


def told_by_answer(part: Resource, named: frozenset[Phase], states: DiseaseStates) -> Told:
    """Return what the answer to the question after a state tells, where it names no state itself.

    A date, a yes and the place of a relapse tell that there is one; a no tells of no state, and
    what cannot be read leaves every state open.
    """
    said = set(_answers(part, states))
    if said == {Says.PRESENT}:
        return Told(named, None, either=len(named) > 1)
    return left_open(Told(frozenset(), None, either=False, unsettled=not said <= {Says.ABSENT}))


def _answers(part: Resource, states: DiseaseStates) -> Iterator[Says]:
    if isinstance(part.get("valueBoolean"), bool):
        yield Says.PRESENT if part["valueBoolean"] else Says.ABSENT
    if isinstance(part.get("valueDateTime"), str):
        yield Says.PRESENT
    yield from flags_of(part)
    texts = list(read_concept(part.get("valueCodeableConcept")).texts)
    if isinstance(part.get("valueString"), str):
        texts.append(part["valueString"])
    for each in texts:
        if not says(each, states.results.unasked):
            yield _answer(each, states)


def _answer(text: str, states: DiseaseStates) -> Says:
    if set(words(text)) <= set(states.results.sites):
        return Says.PRESENT
    named = [phrase for phase in _NAMED for phrase in states.words[phase]]
    return Says.ABSENT if mention(text, named) is Mention.NEGATED else whole_answer(text)


def _names_another(concept: Concept, view: View, diseases: frozenset[str]) -> bool:
    """Whether a concept names diseases, and none of *diseases*."""
    named = view.clinical.indications_of(concept)
    return bool(named) and not view.clinical.names_any(concept, diseases)
