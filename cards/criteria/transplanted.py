"""Criteria on an earlier transplant: that there was one, of a certain graft type or of any."""

import re
from typing import Literal

from cards.facts import Strict
from cards.history.disease_course import course
from cards.history.transplants import Denial, History, Transplant, transplant_history
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View, silent

# "Relapse after autologous transplant", "post-transplant relapse".
_GRAFTED = r"\w*(?:transplant\w*|sct|hct|bmt|graft)\b"
_RELAPSE_AFTER = re.compile(
    rf"\brelaps\w*\s+(?:\w+\s+){{0,2}}?(?:after|following|post|since)[\s\-]+(?:[\w\-]+\s+){{0,4}}?{_GRAFTED}"
    rf"|\b(?:post|after)[\s\-]+(?:\w+\s+){{0,3}}?{_GRAFTED}\s+relaps",
    re.IGNORECASE,
)
READS = ("Procedure", "Condition", "Observation")


class Transplanted(Strict):
    """A transplant of this *graft* type was completed on or before the as-of date.

    With *relapse_of*, slugs of diseases, one of them has relapsed after it.
    """

    kind: Literal["transplanted"]
    graft: Literal["autologous", "allogeneic", "any"] = "any"
    relapse_of: tuple[str, ...] = ()


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
        if test.relapse_of:
            return _relapsed_since(found, what, frozenset(test.relapse_of), view)
        return Verdict(State.MET, what, _evidence(found))
    if found or (denials and _speaks_against(denials, history)):
        both = (*_evidence(history.transplants), *_evidence(denials), *history.supports)
        return Verdict(State.NOT_DOCUMENTED, what, both, Why.RECORDS_DISAGREE)
    if denials and unread.state is not State.UNAVAILABLE:
        return Verdict(State.NOT_MET, what, _evidence(denials))
    if unread.state is State.UNAVAILABLE:
        return unread
    return _undocumented(what, history)


def _relapsed_since(
    found: tuple[Transplant, ...], what: str, diseases: frozenset[str], view: View
) -> Verdict:
    """Return whether a relapse surely came after one of the transplants.

    Where the order's reason tells of one that the record does not have as it stands, it is one
    of today.
    """
    told_of = course(view, diseases)
    relapses = [each for each in told_of.timeline if "relapse" in each.phases]
    told = (*_evidence(found), *(each.evidence() for each in relapses))
    in_words = any(_RELAPSE_AFTER.search(each.shown) for each in found)
    days = [(one.on, other.on) for one in found for other in relapses]
    pairs = [(done, back) for done, back in days if done is not None and back is not None]
    today = any(each.reference == view.order.reference for each in told_of.evidence)
    if today or in_words or any(done.surely_before(back) for done, back in pairs):
        return Verdict(State.MET, what, _evidence(found))
    if len(pairs) < len(days):
        return Verdict(State.NOT_DOCUMENTED, what, told, Why.UNDATED)
    sure = all(back.surely_before(done) for done, back in pairs)
    why = Why.NO_MORE if sure else Why.UNDECIDED_DATE
    return Verdict(State.NOT_DOCUMENTED, what, told, why)


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
