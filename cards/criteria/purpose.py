"""Criteria on the purpose that the order itself states."""

from typing import Literal

from cards.facts import FindingFact, Strict
from cards.forms import Text
from cards.purpose.statements import (
    acts_on,
    gives_reasons,
    purpose_in_order,
    reasons_of,
    said_in_order,
    states,
)
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View


class Purpose(Strict):
    """The order states no *unwanted* purpose, or a *wanted* one besides.

    All are names of facts, whose words are those of the purpose. *unwanted_states* are states of
    the disease: as a reason, the diagnosis in such a state is stated whatever is done about it.
    """

    kind: Literal["purpose"]
    label: Text
    unwanted: tuple[str, ...]
    unwanted_states: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts whose words are looked for."""
        return (*self.unwanted, *self.unwanted_states, *self.wanted)


def decide(test: Purpose, view: View) -> Verdict:
    """Return `not-met` where an unwanted purpose is stated and no wanted one beside it.

    Where the order speaks of what a wanted purpose is about, without saying that it is for that,
    it stays open. Of several reasons, each has to be an unwanted one: what the patient also has
    is listed beside the disease that the transplant was for.
    """
    unwanted = (*test.unwanted, *test.unwanted_states)
    stated = stated_purposes(unwanted, view, reasons=False) or _unwanted_reasons(test, view)
    if not stated or stated_purposes(test.wanted, view):
        return Verdict(State.MET, test.label, (Evidence(view.order.reference, view.order.name),))
    if any(said_in_order(view.fact(name, FindingFact), view) for name in test.wanted):
        return Verdict(State.NOT_DOCUMENTED, test.label, stated, Why.DOUBTFUL)
    return Verdict(State.NOT_MET, test.label, stated)


def _unwanted_reasons(test: Purpose, view: View) -> tuple[Evidence, ...]:
    purposes = [view.fact(name, FindingFact) for name in test.unwanted]
    of_disease = [view.fact(name, FindingFact) for name in test.unwanted_states]
    found = []
    for reason in reasons_of(view) if gives_reasons(view) else ():
        purpose = any(states(reason, each, view) for each in purposes)
        if not (purpose or any(acts_on(reason, each) for each in of_disease)):
            return ()
        found.append(Evidence(reason.reference, reason.concept.label))
    return tuple(found)


def stated_purposes(
    names: tuple[str, ...], view: View, *, reasons: bool = True
) -> tuple[Evidence, ...]:
    """Return where the order says that it is for any of these facts."""
    found = (
        purpose_in_order(view.fact(name, FindingFact), view, reasons=reasons) for name in names
    )
    return tuple(each for each in found if each is not None)
