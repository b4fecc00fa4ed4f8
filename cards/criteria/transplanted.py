"""Criteria on an earlier transplant: that there was one, of a certain graft type or of any."""

from typing import Literal

from cards.facts import Strict
from cards.history.transplants import Denial, History, Transplant, transplant_history
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View, silent

READS = ("Procedure", "Condition", "Observation")


class Transplanted(Strict):
    """A transplant of this *graft* type was completed on or before the as-of date."""

    kind: Literal["transplanted"]
    graft: Literal["autologous", "allogeneic", "any"] = "any"


def decide(test: Transplanted, view: View) -> Verdict:
    """Return whether the record tells of such a transplant.

    Only an explicit statement that there was none is a no: neither silence, nor a transplant of
    the other type, nor one of unstated type, documents that there was none.
    """
    graft = None if test.graft == "any" else test.graft
    what = "Earlier transplant" if graft is None else f"Earlier {graft} transplant"
    history = transplant_history(view)
    unread = silent(view, what, *READS)
    found = history.of(graft)
    denials = _standing(history, [each for each in history.denials if each.graft in (None, graft)])
    if found and not denials:
        return Verdict(State.MET, what, _evidence(found))
    if found or (denials and _speaks_against(denials, history)):
        both = (*_evidence(history.transplants), *_evidence(denials), *history.supports)
        return Verdict(State.NOT_DOCUMENTED, what, both, Why.RECORDS_DISAGREE)
    if denials and unread.state is not State.UNAVAILABLE:
        return Verdict(State.NOT_MET, what, _evidence(denials))
    if unread.state is State.UNAVAILABLE:
        return unread
    return _undocumented(what, history)


def _standing(history: History, denials: list[Denial]) -> list[Denial]:
    """Return the denials that no transplant has overtaken since."""
    days = [each.on for each in history.transplants if each.exact and each.on is not None]
    return [
        each
        for each in denials
        if each.on is None or not any(each.on.surely_before(day) for day in days)
    ]


def _speaks_against(denials: list[Denial], history: History) -> bool:
    """Whether something on record contradicts the denials, though it proves nothing."""
    whole = any(each.graft is None for each in denials)
    others = [each for each in history.transplants if whole or each.graft is None]
    return bool(others or history.supports or history.doubtful)


def _undocumented(what: str, history: History) -> Verdict:
    state = State.NOT_DOCUMENTED
    if history.broken is not None:
        return Verdict(state, what, history.doubtful, Why.BROKEN, history.broken)
    untold = [each for each in history.transplants if each.graft is None]
    if any(each.contradicted for each in untold):
        return Verdict(state, what, _evidence(untold), Why.CODES_DISAGREE)
    if untold:
        return Verdict(state, what, _evidence(untold), Why.GRAFT_UNTOLD)
    if history.doubtful:
        return Verdict(state, what, history.doubtful, Why.DOUBTFUL)
    seen = (*_evidence(history.transplants), *history.supports)
    return Verdict(state, what, seen, Why.NO_MORE if seen else Why.SILENT)


def _evidence(
    told: "tuple[Transplant, ...] | list[Transplant] | list[Denial]",
) -> tuple[Evidence, ...]:
    return tuple(each.evidence() for each in told)
