"""Criteria on the ordered service itself: what a policy names, whoever the patient is."""

from typing import Literal

from cards.facts import Strict
from cards.verdict import Evidence, State, Verdict
from cards.view import View


class OrderedService(Strict):
    """The order is none of the services that the policy lists as unwanted."""

    kind: Literal["ordered-service"]
    none_of: tuple[str, ...]


class Ban(Strict):
    """An unconditional ban: it fails wherever the decision leads to it."""

    kind: Literal["ban"]


class Allowance(Strict):
    """A sentence that speaks for the order: it holds wherever the decision leads to it."""

    kind: Literal["allowance"]


def decide(test: OrderedService, view: View) -> Verdict:
    """Return `not-met` where the ordered service is listed."""
    evidence = (Evidence(view.order.reference, view.order.name),)
    state = State.of(view.order.service not in test.none_of)
    return Verdict(state, view.order.name, evidence)


def decide_ban(_test: Ban, view: View) -> Verdict:
    """Return `not-met`: the decision asks for it only where the ban holds."""
    return Verdict(
        State.NOT_MET, view.order.name, (Evidence(view.order.reference, view.order.name),)
    )


def decide_allowance(_test: Allowance, view: View) -> Verdict:
    """Return `met`: the decision asks for it only where the sentence holds."""
    evidence = (Evidence(view.order.reference, view.order.name),)
    return Verdict(State.MET, view.order.name, evidence)
