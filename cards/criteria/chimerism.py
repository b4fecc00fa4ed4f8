"""Criteria on the share of donor cells after a transplant."""

from decimal import Decimal
from typing import Literal

from cards.facts import READS as FACT_READS
from cards.facts import Measurement, Strict
from cards.history.donor_chimerism import WHOLE, Result, chimerism_results, latest
from cards.history.transplants import History, transplant_history
from cards.values.dates import DateSpan
from cards.values.kleene import Truth
from cards.verdict import State, Verdict, Why
from cards.view import View, silent

READS = (*FACT_READS["finding"], "Procedure")


class Chimerism(Strict):
    """The latest share of donor cells since the transplant is below *below* percent, exclusive.

    *donor* and *recipient* are the two measurements, *mixed* the finding in words.
    """

    kind: Literal["chimerism"]
    donor: str
    recipient: str
    mixed: str
    below: Decimal = WHOLE

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that are read."""
        return (self.donor, self.recipient, self.mixed)


def decide(test: Chimerism, view: View) -> Verdict:
    """Return whether the latest results show other cells than the donor's.

    Subsets of cells differ: one below the bound is enough. Donor cells alone are the answer only
    where no subset, at its own latest, says otherwise.
    """
    what = view.fact(test.donor, Measurement).label
    history = transplant_history(view)
    listed = chimerism_results(test.donor, test.recipient, test.mixed, view)
    results = [each for each in listed if _since(each.on, history) is not False]
    unread = silent(view, what, *READS)
    current = latest(results)
    if not current:
        return _without_results(what, history, unread)
    if _only_autologous(history):
        # Donor cells after nothing but a graft of one's own: one of the two is wrong.
        evidence = tuple(each.evidence for each in current)
        return Verdict(State.NOT_DOCUMENTED, what, evidence, Why.RECORDS_DISAGREE)
    undecided = tuple(each.evidence for each in current if _since(each.on, history) is None)
    if undecided:
        return Verdict(State.NOT_DOCUMENTED, what, undecided, Why.UNDECIDED_DATE)
    verdict = _judged(what, current, results, test.below)
    if verdict.state.truth is not None and unread.state is State.UNAVAILABLE:
        return Verdict(State.UNAVAILABLE, what, verdict.evidence, unread.why, unread.detail)
    return verdict


def _judged(what: str, current: list[Result], results: list[Result], below: Decimal) -> Verdict:
    evidence = tuple(each.evidence for each in current)
    state = State.NOT_DOCUMENTED
    if all(each.on is None for each in current):
        return Verdict(state, what, evidence, Why.UNDATED)
    mixed = [each for each in current if each.below(below) is True]
    if mixed:
        whole = [each for each in current if each.below(below) is False]
        told = tuple(each.evidence for each in mixed if not _denied(each, whole))
        disagree = Verdict(state, what, evidence, Why.RECORDS_DISAGREE)
        return Verdict(State.MET, what, told) if told else disagree
    blocked = next((each for each in current if each.why is not None), None)
    if blocked is not None:
        return Verdict(state, what, (blocked.evidence,), blocked.why, blocked.detail)
    if any(each.below(below) is None for each in current):
        several = any(len(each.shares) > 1 for each in current)
        return Verdict(state, what, evidence, Why.NO_UNIT if several else Why.UNDECIDED_RANGE)
    earlier = _latest_of_others(current, results)
    if any(each.below(below) is not False for each in earlier):
        both = (*evidence, *(each.evidence for each in earlier))
        return Verdict(state, what, both, Why.RECORDS_DISAGREE)
    return Verdict(State.NOT_MET, what, evidence)


def _denied(result: Result, others: list[Result]) -> bool:
    """Whether another dated result on the same cells says otherwise; both are the latest."""
    return any(
        each.subset == result.subset
        and each.on is not None
        and each.evidence.reference != result.evidence.reference
        for each in others
    )


def _latest_of_others(current: list[Result], results: list[Result]) -> list[Result]:
    """Return the latest results of the subsets that were not examined again."""
    again = {each.subset for each in current}
    apart = [each for each in results if each.subset not in again]
    subsets = dict.fromkeys(each.subset for each in apart)
    return [
        each for name in subsets for each in latest([one for one in apart if one.subset == name])
    ]


def _without_results(what: str, history: History, unread: Verdict) -> Verdict:
    never = [each for each in history.denials if each.graft == "allogeneic"]
    if never and _only_autologous(history) and unread.state is not State.UNAVAILABLE:
        # There are no donor cells to speak of after nothing but a graft of one's own.
        return Verdict(State.NOT_MET, what, tuple(each.evidence() for each in never))
    return unread


def _only_autologous(history: History) -> bool:
    return bool(history.transplants) and all(
        each.graft == "autologous" for each in history.transplants
    )


def _since(on: DateSpan | None, history: History) -> Truth:
    """Whether a day is after every dated transplant; one that is not dated is taken for earlier."""
    days = [each.on for each in history.transplants if each.exact and each.on is not None]
    if on is None or all(day.surely_before(on) for day in days):
        return True
    return False if any(on.surely_before(day) for day in days) else None
