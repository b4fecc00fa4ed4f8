"""Criteria on the products and materials that the order, or a sibling order, names."""

from collections.abc import Iterable
from typing import Literal

from cards.facts import Strict
from cards.forms import Text
from cards.orders.items import NamedProduct
from cards.values.text import Mention
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View


class NamesNone(Strict):
    """The order names none of these *products*.

    *disputed* are those on which the policy contradicts itself, and *dispute* says how.
    """

    kind: Literal["names-none"]
    label: Text
    products: tuple[str, ...]
    disputed: tuple[str, ...] = ()
    dispute: str | None = None

    @property
    def named_products(self) -> tuple[str, ...]:
        """Every product that the test speaks of."""
        return (*self.products, *self.disputed)


class GraftWithout(Strict):
    """The ordered graft is documented to be without any of some *materials*.

    *settled_by* are products known to be without them, where nothing else is named;
    *left_open_by* are names that leave it open.
    """

    kind: Literal["graft-without"]
    label: Text
    materials: tuple[str, ...]
    settled_by: tuple[str, ...] = ()
    left_open_by: tuple[str, ...] = ()

    @property
    def named_products(self) -> tuple[str, ...]:
        """Every product that the test speaks of."""
        return (*self.materials, *self.settled_by, *self.left_open_by)


def decide_names(test: NamesNone, view: View) -> Verdict:
    """Return `not-met` where one is named, and open where it is named with a doubt."""
    named = [each for each in view.order.products if each.name in test.products]
    present = [each for each in named if each.sense is Mention.PRESENT]
    if present:
        # As for a ban: the card is named for what is ordered.
        return Verdict(State.NOT_MET, view.order.name, _evidence(present, view))
    doubtful = [each for each in named if each.sense is Mention.DOUBTFUL]
    if doubtful:
        why = Why.DOUBTFUL
        return Verdict(State.NOT_DOCUMENTED, test.label, _evidence(doubtful, view), why)
    return Verdict(State.MET, test.label, (Evidence(view.order.reference, view.order.name),))


def decide_without(test: GraftWithout, view: View) -> Verdict:
    """Return what is said of the materials; silence of the order leaves it open.

    One that is there decides, whatever is said of the others; to say that one is not there is to
    say so of the graft.
    """
    said = [each for each in view.order.products if each.name in test.materials]
    by_state: dict[State, list[NamedProduct]] = {}
    for name in test.materials:
        here = [each for each in said if each.name == name]
        if here:
            by_state.setdefault(_state({each.sense for each in here}), []).extend(here)
    for state in (State.NOT_MET, State.NOT_DOCUMENTED, State.MET):
        if state in by_state:
            told = by_state[state]
            why = _why_open(told) if state is State.NOT_DOCUMENTED else None
            return Verdict(state, test.label, _evidence(told, view), why)
    return _by_name(test, view)


def _why_open(said: Iterable[NamedProduct]) -> Why:
    doubted = all(each.sense is Mention.DOUBTFUL for each in said)
    return Why.DOUBTFUL if doubted else Why.RECORDS_DISAGREE


def _by_name(test: GraftWithout, view: View) -> Verdict:
    """Return what follows from the products that are named, where nothing is said of materials."""
    hinting = [each for each in _present(view) if each.name in test.left_open_by]
    if hinting:
        why = Why.NO_MORE
        return Verdict(State.NOT_DOCUMENTED, test.label, _evidence(hinting, view), why)
    settling = [each for each in _present(view) if each.name in test.settled_by]
    if settling:
        return Verdict(State.MET, test.label, _evidence(settling, view))
    if view.order.unread:
        why, reason = Why.COULD_NOT_LOOK, "the Device that the order names could not be read"
        return Verdict(State.UNAVAILABLE, test.label, (), why, reason)
    order = (Evidence(view.order.reference),)
    return Verdict(State.NOT_DOCUMENTED, test.label, order, Why.NOT_STATED)


def _state(senses: set[Mention]) -> State:
    if senses == {Mention.PRESENT}:
        return State.NOT_MET
    return State.MET if senses == {Mention.NEGATED} else State.NOT_DOCUMENTED


def dispute_in(test: object, view: View) -> str | None:
    """Return how the policy contradicts itself on a product that the order names, if it does."""
    if not isinstance(test, NamesNone):
        return None
    named = any(each.name in test.disputed for each in _present(view))
    return test.dispute if named else None


def _present(view: View) -> list[NamedProduct]:
    return [each for each in view.order.products if each.sense is Mention.PRESENT]


def _evidence(named: Iterable[NamedProduct], view: View) -> tuple[Evidence, ...]:
    """Return where the products are named: the order itself, a sibling, or a Device."""
    products = view.clinical.products
    found = dict.fromkeys(
        (each.reference, " ".join(each.text.split()) or products[each.name].label) for each in named
    )
    return tuple(Evidence(reference, text) for reference, text in found)
