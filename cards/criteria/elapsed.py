"""Criteria on the time from the start of induction to the first complete remission."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from cards.facts import Strict
from cards.forms import Text
from cards.history.disease_course import first_remission
from cards.history.treatment import induction_start
from cards.verdict import State, Verdict, Why
from cards.view import View, silent

# A remission first heard of later than this may have been reached long before: what is on record
# is then how things stand, not when they came to be so.
_REACHED_BY = timedelta(days=120)


class Elapsed(Strict):
    """Complete remission was reached more than *more_than_days* after induction began."""

    kind: Literal["elapsed"]
    label: Text
    diseases: tuple[str, ...] = Field(min_length=1)
    more_than_days: int = Field(ge=0)


def decide(test: Elapsed, view: View) -> Verdict:
    """Return whether the first remission came later than that.

    The day of a status or marrow report is the day of remission; the day on which a problem was
    recorded only proves that remission had been reached by then.
    """
    unread = silent(view, test.label, "Observation", "Procedure", "Condition")
    start = induction_start(view)
    reached = first_remission(view, frozenset(test.diseases))
    if start is None or not reached:
        return unread
    begun_by, begun = start
    end = reached[0]
    evidence = (begun_by, end.evidence())
    if end.on is None or end.on.last < begun.first:
        return Verdict(State.NOT_DOCUMENTED, test.label, evidence, Why.RECORDS_DISAGREE)
    limit = timedelta(days=test.more_than_days)
    longest, shortest = end.on.last - begun.first, end.on.first - begun.last
    days = f"{shortest.days} days" if longest == shortest else None
    if unread.state is State.UNAVAILABLE:
        return Verdict(State.UNAVAILABLE, test.label, evidence, unread.why, unread.detail)
    if longest <= limit:
        return Verdict(State.NOT_MET, test.label, evidence, detail=days)
    if shortest > limit and end.exact and shortest <= _REACHED_BY:
        return Verdict(State.MET, test.label, evidence, detail=days)
    return Verdict(State.NOT_DOCUMENTED, test.label, evidence, Why.UNDECIDED_DATE)
