"""Criteria on disease after a transplant: relapsed, persistent, refractory, or at high risk."""

from decimal import Decimal
from typing import Literal

from cards.criteria import finding
from cards.criteria.measured import latest
from cards.criteria.purpose import stated_purposes
from cards.facts import READS as FACT_READS
from cards.facts import FindingFact, Measurement, Strict
from cards.forms import Text
from cards.history.disease_course import Course, course
from cards.history.malignancy_kinds import (
    Kinds,
    are_apart,
    kinds_of,
    kinds_on_record,
    kinds_ordered_for,
)
from cards.history.transplants import History, transplant_history
from cards.history.whose_state import of_the_disease
from cards.purpose.statements import reasons_of, said_in_order
from cards.record.answers import Says
from cards.record.assertions import assertions_of
from cards.record.observations import readings_of
from cards.values.coding import Concept, read_concept
from cards.values.dates import DateSpan
from cards.values.text import says
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View, silent

READS = (*FACT_READS["finding"], "Procedure")
_REMISSION = frozenset({"first-remission", "later-remission"})
_PRESENT = frozenset({"relapsed", "refractory"})


class RelapseOrRisk(Strict):
    """One of *diseases* is relapsed, persistent or refractory, or its risk of relapse is high.

    *risk*, *stated* and *residual* are the findings that say so: in the record, in the order's
    words, and as residual disease; *share* is residual disease in percent of cells, positive
    from *share_at_least* on. An order for one of *other_purposes* alone does not meet it.
    """

    kind: Literal["relapse-or-risk"]
    label: Text
    diseases: tuple[str, ...]
    risk: str
    stated: str
    residual: str
    share: str
    share_at_least: Decimal
    other_purposes: tuple[str, ...]

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that are read."""
        return (self.risk, self.stated, self.residual, self.share, *self.other_purposes)


def decide(test: RelapseOrRisk, view: View) -> Verdict:
    """Return whether the record or the order documents one of the four.

    Remission alone does not rule out a high risk: it leaves the criterion undocumented. So do
    several malignancies of which an order without a reason may be for either.
    """
    diseases = frozenset(test.diseases)
    may_be_for = (None,) if view.order.reasons else kinds_on_record(view, diseases)
    verdicts = [_for_kinds(test, view, kinds) for kinds in may_be_for]
    if len({each.state for each in verdicts}) == 1:
        return verdicts[0]
    told = tuple(dict.fromkeys(each for one in verdicts for each in one.evidence))
    return Verdict(State.NOT_DOCUMENTED, test.label, told, Why.SEVERAL)


def _for_kinds(test: RelapseOrRisk, view: View, kinds: Kinds | None) -> Verdict:
    history = transplant_history(view)
    since = history.latest
    risk = _risk(test, view, history)
    if risk:
        return Verdict(State.MET, test.label, risk)
    meant = kinds_ordered_for(view) if kinds is None else kinds
    found = course(view, frozenset(test.diseases), meant)
    fact = view.fact(test.stated, FindingFact)
    stated = said_in_order(fact, view, lambda text: _of_the_disease(text, view, meant))
    in_remission = found.recognised and bool(found.states & _REMISSION)
    possible = found.recognised and bool(found.states & _PRESENT)
    told = [] if in_remission or not possible else _told(found, history, fact, view)
    if stated is not None and not in_remission:
        told.insert(0, stated)
    results = _residual(test, view)
    told += _found_since(results, since)
    residual = said_in_order(view.fact(test.residual, FindingFact), view)
    if residual is not None and all(
        positive or _before(result, since) for result, positive in results
    ):
        # Residual disease is that of a remission: the two do not contradict each other.
        told.append(residual)
    if told:
        return _documented(tuple(dict.fromkeys(told)), test, view)
    evidence = (*([stated] if stated else []), *found.evidence)
    disagree = stated is not None or (in_remission and possible)
    return _undocumented(evidence, test, view, disagree=disagree)


def _of_the_disease(text: str, view: View, kinds: Kinds) -> str:
    """Return a text of the order, empty where it names another malignancy alone."""
    if are_apart(kinds, kinds_of(Concept(texts=(text,)), view)):
        return ""
    return of_the_disease(text, view.clinical.states.whose, transplanted=True)


def _documented(told: tuple[Evidence, ...], test: RelapseOrRisk, view: View) -> Verdict:
    # A later remission, or a later negative test, may be among what could not be read.
    unread = silent(view, test.label, "Condition", "Observation")
    if unread.state is State.UNAVAILABLE:
        return Verdict(State.UNAVAILABLE, test.label, told, unread.why, unread.detail)
    return Verdict(State.MET, test.label, told)


def _undocumented(
    evidence: tuple[Evidence, ...], test: RelapseOrRisk, view: View, *, disagree: bool
) -> Verdict:
    unread = silent(view, test.label, *READS)
    if unread.state is State.UNAVAILABLE:
        return unread
    elsewhere = () if disagree else stated_purposes(test.other_purposes, view)
    if elsewhere:
        return Verdict(State.NOT_MET, test.label, elsewhere)
    silent_or_more = Why.NO_MORE if evidence else Why.SILENT
    why = Why.RECORDS_DISAGREE if disagree else silent_or_more
    return Verdict(State.NOT_DOCUMENTED, test.label, evidence, why)


def _risk(test: RelapseOrRisk, view: View, history: History) -> tuple[Evidence, ...]:
    fact, whose = view.fact(test.risk, FindingFact), view.clinical.states.whose
    stated = said_in_order(fact, view, lambda text: of_the_disease(text, whose))
    if stated is not None:
        return (stated,)
    said = finding.decide(finding.Finding(kind="finding", fact=test.risk, present=True), view)
    if said.state is not State.MET:
        return ()
    return tuple(
        each
        for each in said.evidence
        if _counts(each, history) and _is_risk_of_the_disease(each, fact, view)
    )


def _is_risk_of_the_disease(evidence: Evidence, fact: FindingFact, view: View) -> bool:
    """Whether the name of what tells of a risk means the disease: others have relapses too."""
    resource = view.chart.resolve(evidence.reference) or {}
    phrases, whose = (*fact.words.any_of, *fact.study_words), view.clinical.states.whose
    named = [each for each in read_concept(resource.get("code")).texts if says(each, phrases)]
    return all(says(of_the_disease(each, whose), phrases) for each in named)


def _told(found: Course, history: History, stated: FindingFact, view: View) -> list[Evidence]:
    """Return what tells of the disease now: no observation made before the transplant."""
    over = {each.reference for each in found.timeline if each.past}
    if _prevents(stated, view):
        over.add(view.order.reference)
    return [
        each for each in found.evidence if each.reference not in over and _counts(each, history)
    ]


def _prevents(stated: FindingFact, view: View) -> bool:
    """Whether the order's reason, in words alone, speaks of a relapse that is to be prevented."""
    states, value_sets = view.clinical.states, view.clinical.value_sets
    return any(
        says(each, stated.words.none_of)
        for reason in reasons_of(view)
        if not states.coded(reason.concept, value_sets)
        for each in reason.concept.texts
    )


def _counts(evidence: Evidence, history: History) -> bool:
    """Whether something tells of the time since the transplant.

    An observation has to be of a later day for certain where the day of the transplant is known.
    Where it is only known by when there had been one, it may be of that day too.
    """
    since = history.latest
    observed = evidence.reference.startswith(("Observation/", "DiagnosticReport/"))
    if (
        since is None
        or not observed
        or not any(each.on and each.exact for each in history.transplants)
    ):
        return not _before(evidence, since)
    return evidence.on is not None and since.surely_before(evidence.on)


def _before(evidence: Evidence, since: DateSpan | None) -> bool:
    # A problem that stands on the list speaks until today, whenever it was recorded.
    lasting = evidence.reference.startswith("Condition/")
    on = evidence.on
    return not lasting and since is not None and on is not None and on.surely_before(since)


def _found_since(
    results: list[tuple[Evidence, bool]], since: DateSpan | None
) -> tuple[Evidence, ...]:
    """Return results on residual disease that are after *since*, if all of them find it."""
    if since is None or not all(positive for _, positive in results):
        return ()
    return tuple(
        evidence
        for evidence, _ in results
        if evidence.on is not None and since.surely_before(evidence.on)
    )


def _residual(test: RelapseOrRisk, view: View) -> list[tuple[Evidence, bool]]:
    """Return the latest statements on residual disease, and whether each finds it."""
    value_sets = view.clinical.value_sets
    share = view.fact(test.share, Measurement)
    readings = [
        each
        for each in latest(readings_of(share, view.chart, value_sets, view.as_of))
        if each.readings
    ]
    counted = {each.reference for each in readings}
    said = [
        each
        for each in assertions_of(
            view.fact(test.residual, FindingFact), view.chart, value_sets, view.as_of
        )
        if each.reference not in counted
    ]
    told: list[tuple[Evidence, bool]] = [
        (each.evidence(view.as_of), each.says is Says.PRESENT) for each in said
    ]
    told += [
        (
            each.evidence(view.as_of),
            all(value.at_least(test.share_at_least) is True for value in each.readings),
        )
        for each in readings
    ]
    days = [evidence.on for evidence, _ in told if evidence.on is not None]
    return [
        (evidence, positive)
        for evidence, positive in told
        if evidence.on is not None and not any(evidence.on.surely_before(day) for day in days)
    ]
