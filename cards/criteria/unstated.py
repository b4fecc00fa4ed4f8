"""Criteria on what an order must not say of itself."""

from collections.abc import Iterator
from typing import Literal

from cards.facts import FindingFact, Strict
from cards.forms import Text
from cards.purpose.statements import sense_in_order
from cards.values.text import Mention
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View

_FAILING, _OPEN = (Mention.PRESENT,), (Mention.DOUBTFUL,)


class Unstated(Strict):
    """The order's reasons, title and remarks state none of *facts*, whose words are looked for."""

    kind: Literal["unstated"]
    label: Text
    facts: tuple[str, ...]


def decide(test: Unstated, view: View) -> Verdict:
    """Return `not-met` where one is stated; a doubt leaves it open, and silence is none."""
    told = list(_told(test, view))
    stated = tuple(each for each, sense in told if sense in _FAILING)
    if stated:
        return Verdict(State.NOT_MET, test.label, stated)
    doubtful = tuple(each for each, sense in told if sense in _OPEN)
    if doubtful:
        return Verdict(State.NOT_DOCUMENTED, test.label, doubtful, Why.DOUBTFUL)
    return Verdict(State.MET, test.label, (Evidence(view.order.reference, view.order.name),))


def _told(test: Unstated, view: View) -> Iterator[tuple[Evidence, Mention]]:
    for name in test.facts:
        yield from sense_in_order(view.fact(name, FindingFact), view)
