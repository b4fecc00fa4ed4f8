"""Which malignancy a record or an order is about, as far as one does not turn into the other.

What relapses has to be the disease that the cells are for: another one beside it tells nothing.
"""

from cards.purpose.statements import reasons_of
from cards.record.chart import Resource, listed, relative_reference
from cards.record.conditions import Standing, standing
from cards.values.coding import ICD_10_CM, Coding, Concept, read_concept
from cards.values.text import says
from cards.view import View

Kinds = frozenset[str]
"""Kinds of `disease_states.yaml`; empty: it may be any of them."""


def kinds_of(concept: Concept, view: View) -> Kinds:
    """Return the kinds of malignancy that a concept names by its codes or its texts."""
    texts = (*concept.texts, *(each for code in concept.codings for each in _names(code, view)))
    codes = [each.code.upper() for each in concept.codings if each.system == ICD_10_CM]
    return frozenset(
        name
        for name, kind in view.clinical.states.kinds.items()
        if any(each.startswith(kind.icd_10_cm) for each in codes)
        or any(says(each, kind.words) for each in texts)
    )


def are_apart(one: Kinds, other: Kinds) -> bool:
    """Whether two things are certainly about different malignancies."""
    return bool(one) and bool(other) and one.isdisjoint(other)


def kinds_ordered_for(view: View) -> Kinds:
    """Return the kinds that the order's reasons name; empty where one leaves it open."""
    diseases = frozenset(view.clinical.states.diseases)
    reasons = [each.concept for each in reasons_of(view)]
    named = [kinds_of(each, view) for each in reasons if view.clinical.names_any(each, diseases)]
    return frozenset().union(*named) if all(named) else frozenset()


def kinds_on_record(view: View, diseases: frozenset[str]) -> tuple[Kinds, ...]:
    """Return the kinds of the problems that an order without a reason may be for.

    One empty member where they do not lie apart: then it does not matter which one it is.
    """
    found = [
        kinds_of(concept, view)
        for condition in view.chart.all("Condition")
        if standing(condition) in (Standing.PRESENT, Standing.REMISSION)
        and view.clinical.names_any(concept := read_concept(condition.get("code")), diseases)
    ]
    known = tuple(dict.fromkeys(filter(None, found)))
    apart = any(are_apart(one, other) for one in known for other in known)
    return known if apart else (frozenset(),)


def is_of_another(
    observation: Resource, view: View, diseases: frozenset[str], kinds: Kinds
) -> bool:
    """Whether an Observation names, or has as its focus, another disease than the one meant."""
    if are_apart(kinds, kinds_of(read_concept(observation.get("code")), view)):
        return True
    for item in listed(observation.get("focus")):
        found = view.chart.resolve(item) if relative_reference(item) else None
        if isinstance(found, dict) and found.get("resourceType") == "Condition":
            named = read_concept(found.get("code"))
            other = not view.clinical.names_any(named, diseases)
            if view.clinical.indications_of(named) and other:
                return True
            if are_apart(kinds, kinds_of(named, view)):
                return True
    return False


def _names(coding: Coding, view: View) -> tuple[str, ...]:
    """Return how our own value sets call a code that stands without words of its own."""
    key = (coding.system, coding.code.upper())
    sets = view.clinical.value_sets.values()
    return tuple(dict.fromkeys(each.codes[key] for each in sets if key in each.codes))
