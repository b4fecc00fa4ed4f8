"""Criteria on how long a disease has lasted."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import Field

from cards.facts import Strict
from cards.forms import Text
from cards.record.chart import Resource, reference_of
from cards.record.conditions import Standing, standing
from cards.values.coding import read_concept
from cards.values.dates import DateSpan, add_days, add_months, read_date
from cards.values.text import says
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View, silent

_OLDEST = 130


class Duration(Strict):
    """The disease began at most *at_most_years* before the as-of date, that day included."""

    kind: Literal["duration"]
    indication: str
    label: Text
    at_most_years: int = Field(gt=0)
    other_onsets: tuple[str, ...] = ()
    """Words of conditions that name the disease as their cause and may begin long before it."""


Dated = list[tuple[Resource, DateSpan]]


def decide(test: Duration, view: View) -> Verdict:
    """Return whether the earliest onset on record lies within the time.

    The day of recording is no onset: it only proves that the disease is at least that old.
    """
    what = test.label
    limit = add_months(view.as_of, -12 * test.at_most_years)
    onsets, recorded, broken = _read(test, view)
    too_old = [pair for pair in [*onsets, *recorded] if pair[1].on_or_after(limit) is False]
    if too_old:
        return Verdict(State.NOT_MET, what, (_evidence(*_earliest(too_old)),))
    unread = silent(view, what, "Condition")
    if unread.state is State.UNAVAILABLE:
        return unread  # an earlier onset may be among what could not be read
    if broken:
        return _broken(what, broken)
    if onsets:
        return _from_onset(what, onsets, recorded, limit)
    if recorded:
        evidence = tuple(_evidence(*pair) for pair in recorded)
        return Verdict(State.NOT_DOCUMENTED, what, evidence, Why.NO_ONSET)
    return unread


def _from_onset(what: str, onsets: Dated, recorded: Dated, limit: date) -> Verdict:
    condition, span = _earliest(onsets)
    evidence = (_evidence(condition, span),)
    if any(other.last < span.first for _, other in recorded):
        return Verdict(State.NOT_DOCUMENTED, what, evidence, Why.RECORDS_DISAGREE)
    if span.on_or_after(limit) is True:
        return Verdict(State.MET, what, evidence)
    return Verdict(State.NOT_DOCUMENTED, what, evidence, Why.UNDECIDED_DATE)


def _earliest(dated: Dated) -> tuple[Resource, DateSpan]:
    return min(dated, key=lambda pair: pair[1].first)


def _read(test: Duration, view: View) -> tuple[Dated, Dated, list[tuple[Resource, str]]]:
    """Return onsets, days of recording, and broken Conditions of a disease, none in the future."""
    onsets: Dated = []
    recorded: Dated = []
    broken: list[tuple[Resource, str]] = []
    # A coded complication that mentions the disease in its text does not date the disease.
    conditions = view.chart.about(
        "Condition",
        ("coded as", test.indication, view.clinical),
        lambda concept: view.clinical.is_coded_as(concept, test.indication),
    )
    for condition in conditions:
        if standing(condition) in (Standing.VOID, Standing.REFUTED, Standing.UNCONFIRMED):
            continue
        if any(says(each, test.other_onsets) for each in read_concept(condition.get("code")).texts):
            continue
        fault = view.chart.fault_in(condition)
        if fault is not None:
            broken.append((condition, fault))
            continue
        onset, entered = _onset(condition, view), read_date(condition.get("recordedDate"))
        if onset is not None and onset.first <= view.as_of:
            onsets.append((condition, onset))
        if entered is not None and entered.first <= view.as_of:
            recorded.append((condition, entered))
    return onsets, recorded, broken


def _broken(what: str, broken: list[tuple[Resource, str]]) -> Verdict:
    condition, fault = broken[0]
    evidence = (Evidence(reference_of(condition)),)
    return Verdict(State.NOT_DOCUMENTED, what, evidence, Why.BROKEN, fault)


def _evidence(condition: Resource, span: DateSpan) -> Evidence:
    return Evidence(reference_of(condition), read_concept(condition.get("code")).label, span)


def _onset(condition: Resource, view: View) -> DateSpan | None:
    return next(_onsets(condition, view), None)


def _onsets(condition: Resource, view: View) -> Iterator[DateSpan]:
    written = read_date(condition.get("onsetDateTime"))
    if written is not None:
        yield written
    period = condition.get("onsetPeriod")
    if isinstance(period, dict):
        start = read_date(period.get("start"))
        if start is not None:
            yield start
    age, birth = condition.get("onsetAge"), view.birth()
    if isinstance(age, dict) and birth is not None and age.get("comparator") is None:
        years = age.get("value")
        if age.get("code", age.get("unit")) in {"a", "year", "years", "yr"} and _whole(years):
            # At the age of 38: on any day from the 38th birthday to the day before the 39th.
            months = 12 * int(Decimal(str(years)))
            first = add_months(birth.first, months)
            last = add_days(add_months(birth.last, months + 12), -1)
            yield DateSpan(first, min(last, view.as_of), f"age {years}")


def _whole(years: object) -> bool:
    return (
        isinstance(years, int | float | Decimal)
        and not isinstance(years, bool)
        and 0 <= years < _OLDEST
        and Decimal(str(years)) == int(Decimal(str(years)))
    )
