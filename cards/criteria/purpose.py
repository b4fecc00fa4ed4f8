"""Criteria on the purpose that the order itself states."""

from typing import Literal

from cards.facts import FindingFact, Strict
from cards.forms import Text
from cards.purpose.statements import purpose_in_order, said_in_order
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View


class Purpose(Strict):
    """The order states no *unwanted* purpose, or a *wanted* one besides.

    Both are names of facts, whose words are those of the purpose.
    """

    kind: Literal["purpose"]
    label: Text
    unwanted: tuple[str, ...]
    wanted: tuple[str, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts whose words are looked for."""
        return (*self.unwanted, *self.wanted)


def decide(test: Purpose, view: View) -> Verdict:
    """Return `not-met` where an unwanted purpose is stated and no wanted one beside it.

    Where the order speaks of what a wanted purpose is about, without saying that it is for that,
    it stays open.
    """
    stated = stated_purposes(test.unwanted, view, reasons=False)
    if not stated or stated_purposes(test.wanted, view):
        return Verdict(State.MET, test.label, (Evidence(view.order.reference, view.order.name),))
    if any(said_in_order(view.fact(name, FindingFact), view) for name in test.wanted):
        return Verdict(State.NOT_DOCUMENTED, test.label, stated, Why.DOUBTFUL)
    return Verdict(State.NOT_MET, test.label, stated)


def stated_purposes(
    names: tuple[str, ...], view: View, *, reasons: bool = True
) -> tuple[Evidence, ...]:
    """Return where the order says that it is for any of these facts."""
    found = (
        purpose_in_order(view.fact(name, FindingFact), view, reasons=reasons) for name in names
    )
    return tuple(each for each in found if each is not None)
