"""Criteria on a graft that needs help: poor function, delayed engraftment, or failure."""

from typing import Literal

from cards.criteria import finding
from cards.criteria.purpose import stated_purposes
from cards.facts import READS as FACT_READS
from cards.facts import FindingFact, Strict
from cards.forms import Text
from cards.history.transplants import transplant_history
from cards.purpose.statements import said_in_order
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View, silent

READS = (*FACT_READS["finding"], "Procedure")


class Engraftment(Strict):
    """One of *findings* is on record since the transplant, or the order is for one of *purposes*.

    An order for one of *other_purposes* alone does not meet it.
    """

    kind: Literal["engraftment"]
    label: Text
    findings: tuple[str, ...]
    purposes: tuple[str, ...]
    other_purposes: tuple[str, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that are read."""
        return (*self.findings, *self.purposes, *self.other_purposes)


def decide(test: Engraftment, view: View) -> Verdict:
    """Return whether the record or the order documents the need.

    That one such finding is denied does not rule out the others, so only the order's own
    purpose can speak against it.
    """
    since = transplant_history(view).latest
    doubtful: list[Evidence] = []
    for name in test.findings:
        found = finding.decide(finding.Finding(kind="finding", fact=name, present=True), view)
        now = tuple(
            each
            for each in found.evidence
            if since is None or each.on is None or not each.on.surely_before(since)
        )
        if found.state is State.MET and now:
            return Verdict(State.MET, test.label, now)
        if found.state is State.NOT_DOCUMENTED:
            doubtful += found.evidence
    affirmed = (said_in_order(view.fact(name, FindingFact), view) for name in test.findings)
    stated = (
        *(each for each in affirmed if each is not None),
        *stated_purposes(test.purposes, view),
    )
    if stated:
        return Verdict(State.MET, test.label, stated)
    elsewhere = stated_purposes(test.other_purposes, view)
    if elsewhere:
        return Verdict(State.NOT_MET, test.label, elsewhere)
    unread = silent(view, test.label, *READS)
    if unread.state is State.UNAVAILABLE or not doubtful:
        return unread
    return Verdict(State.NOT_DOCUMENTED, test.label, tuple(doubtful), Why.DOUBTFUL)
