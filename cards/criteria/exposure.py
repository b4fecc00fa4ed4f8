"""Criteria on how long a patient has been treated with a drug, all courses together."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from pydantic import Field

from cards.facts import READS, Exposure, Strict
from cards.history.drug_courses import DrugCourse, DrugReader
from cards.values.dates import add_months
from cards.values.kleene import Truth
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View, silent


class Exposed(Strict):
    """Treatment so far adds up to less than *below_months* calendar months, exclusive.

    A documented "never" is no treatment at all and satisfies it; silence does not.
    """

    kind: Literal["exposure"]
    fact: str
    below_months: int = Field(gt=0)


# One cycle of a monthly pulse is this long, at the most; doses this close are one course, at the
# least. Between the two it is open whether pulses make a treatment of months.
_CYCLE = timedelta(days=31)
_CONTINUOUS = timedelta(days=7)


def decide(test: Exposed, view: View) -> Verdict:
    """Return whether the least and the greatest possible total lie on one side of the limit.

    A request counts only where no administration or statement tells of its course.
    """
    fact = view.fact(test.fact, Exposure)
    reader = DrugReader(fact, view)
    told = [*reader.courses("MedicationAdministration", "MedicationStatement", "Procedure")]
    ordered = [*reader.courses("MedicationRequest")]
    courses = [*told, *(each for each in ordered if not _told_of(each, told))]
    never = [*reader.never()]
    unread = silent(view, fact.label, *READS["exposure"])
    if unread.state is not State.UNAVAILABLE and reader.unreadable is not None:
        unread = reader.unreadable
    if not courses:
        return _without_courses(fact, reader, never, unread)
    evidence = tuple(course.evidence() for course in courses)
    truth = _below(courses, test.below_months, view.as_of)
    if truth is False:
        return Verdict(State.NOT_MET, fact.label, evidence)
    if unread.state is State.UNAVAILABLE or unread is reader.unreadable:
        return Verdict(unread.state, fact.label, evidence, unread.why, unread.detail)
    if truth is None or reader.broken:
        return Verdict(State.NOT_DOCUMENTED, fact.label, evidence, Why.UNDECIDED_COURSE)
    return Verdict(State.MET, fact.label, evidence)


def _told_of(request: DrugCourse, told: list[DrugCourse]) -> bool:
    """Whether anything told falls into the time of a request, or would if it had an end."""
    last = request.last.last if request.last is not None else date.max
    return any(
        each.first.first <= last
        and (each.last.last if each.last is not None else each.first.last) >= request.first.first
        for each in told
    )


def _without_courses(
    fact: Exposure, reader: DrugReader, never: list[Evidence], unread: Verdict
) -> Verdict:
    if reader.broken:
        reference, fault = reader.broken[0]
        where = (Evidence(reference),)
        return Verdict(State.NOT_DOCUMENTED, fact.label, where, Why.BROKEN, fault)
    if never and unread.state is not State.UNAVAILABLE and unread is not reader.unreadable:
        return Verdict(State.MET, fact.label, tuple(never))
    return unread


def _below(courses: list[DrugCourse], months: int, as_of: date) -> Truth:
    """Return whether the total is below *months*; unknown where the records leave it open."""
    least = _merged(_least(courses, as_of), as_of)
    greatest = _merged(_greatest(courses, as_of), as_of)
    if all(_reaches(least, months)):
        return False
    return True if not any(_reaches(greatest, months)) else None


Stretch = tuple[date, date]


def _merged(stretches: Iterable[Stretch], as_of: date) -> list[Stretch]:
    """Return the stretches up to *as_of*, in order, with overlaps made one."""
    merged: list[Stretch] = []
    for first, last in sorted(stretches):
        end = min(last, as_of)
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif end > first:
            merged.append((first, end))
    return merged


def _reaches(stretches: list[Stretch], months: int) -> tuple[bool, bool]:
    """Return whether the stretches add up to *months*: by days, and by calendar months.

    For one stretch the two agree. For several they may not, and then neither counts.
    """
    if not stretches:
        return False, False
    start = stretches[0][0]
    days = sum(((last - first).days for first, last in stretches), 0)
    whole, rest = 0, 0
    for first, last in stretches:
        count = 0
        while add_months(first, count + 1) <= last:
            count += 1
        whole, rest = whole + count, rest + (last - add_months(first, count)).days
    by_days = days >= (add_months(start, months) - start).days
    return by_days, whole + rest // 31 >= months


def _least(courses: list[DrugCourse], as_of: date) -> Iterator[Stretch]:
    for course in courses:
        if not course.dose and course.last is not None:
            first, last = course.first.last, course.last.first
            if first <= last:
                yield first, min(last, as_of)
    doses = sorted(course.first.first for course in courses if _is_exact_dose(course))
    for one, following in pairwise(doses):
        if following - one <= _CONTINUOUS:
            yield one, following


def _is_exact_dose(course: DrugCourse) -> bool:
    return course.dose and course.first.first == course.first.last


def _greatest(courses: list[DrugCourse], as_of: date) -> Iterator[Stretch]:
    for course in courses:
        if not course.dose:
            yield course.first.first, course.last.last if course.last is not None else as_of
    doses = [course for course in courses if course.dose]
    if doses:
        first = min(dose.first.first for dose in doses)
        yield first, max(dose.first.last for dose in doses) + _CYCLE
