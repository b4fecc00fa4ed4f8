"""Which results tell the state of a malignancy, by code and by name."""

from collections.abc import Mapping

from cards.clinical.states import DiseaseStates
from cards.history.whose_state import is_about_the_disease
from cards.values.coding import Concept, ValueSet
from cards.values.text import says


def is_disease_status(
    concept: Concept, states: DiseaseStates, value_sets: Mapping[str, ValueSet]
) -> bool:
    """Whether a result is the state of a malignancy, and neither code nor name says otherwise."""
    coded = any(value_sets[name].holds_any(concept) for name in states.status_codes)
    if coded:
        return all(is_about_the_disease(each, states, coded=True) for each in concept.texts)
    if any(each.holds_any(concept) for each in value_sets.values()):
        return False  # its code is known to be that of another quantity
    named = any(says(each, states.status_words) for each in concept.texts)
    return named and all(is_about_the_disease(each, states) for each in concept.texts)
