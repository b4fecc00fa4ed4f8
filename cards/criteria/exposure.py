"""Criteria on how long a patient has been treated with a drug, all courses together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from cards.chart import Resource, reference_of
from cards.coding import Concept, read_concept
from cards.criteria.view import View, silent
from cards.dates import DateSpan, add_months, read_date
from cards.facts import READS, Exposure, Strict
from cards.kleene import Truth
from cards.model import fault_in
from cards.observations import FINAL, matches_words
from cards.text import Mention, mention, says
from cards.verdict import Evidence, State, Verdict, Why


class Exposed(Strict):
    """Treatment so far adds up to less than *below_months* calendar months, exclusive.

    A documented "never" is no treatment at all and satisfies it; silence does not.
    """

    kind: Literal["exposure"]
    fact: str
    below_months: int


@dataclass(frozen=True, slots=True)
class Course:
    """One stretch of treatment; *first* and *last* may each be known only in part.

    *last* None: when it ended is not known. *dose*: a single dose, whose effect and place in a
    course are not known.
    """

    reference: str
    first: DateSpan
    last: DateSpan | None
    dose: bool = False

    def evidence(self) -> Evidence:
        """Return the course as evidence."""
        end = self.last.written if self.last is not None else "?"
        shown = None if self.dose else f"{self.first.written} to {end}"
        return Evidence(self.reference, shown, self.first if self.dose else None)


# Doses no further apart than this belong to one course, at the least; one cycle of a monthly
# pulse is this long, at the most.
_CYCLE = timedelta(days=31)

_TAKEN = {
    "MedicationAdministration": frozenset({"completed", "in-progress", "stopped", "on-hold"}),
    "MedicationStatement": frozenset({"active", "completed", "stopped", "on-hold"}),
    "MedicationRequest": frozenset({"active", "completed", "stopped"}),
    "Procedure": frozenset({"completed", "in-progress", "stopped"}),
}
_ONGOING = frozenset({"in-progress", "active"})
_NEVER_WORDS = ("never", "none", "no", "absent", "not taken", "not exposed", "naive", "negative")


def decide(test: Exposed, view: View) -> Verdict:
    """Return whether the least and the greatest possible total lie on one side of the limit.

    Requests count only where no administration or statement tells of the treatment.
    """
    fact = view.fact(test.fact, Exposure)
    reader = _Reader(fact, view)
    told = [*reader.courses("MedicationAdministration", "MedicationStatement", "Procedure")]
    courses = told or [*reader.courses("MedicationRequest")]
    never = [*reader.never()]
    unread = silent(view, fact.label, *READS["exposure"])
    if unread.state is not State.UNAVAILABLE and reader.unreadable:
        detail = "a medication that a record refers to could not be read"
        unread = Verdict(State.UNAVAILABLE, fact.label, (), Why.COULD_NOT_LOOK, detail)
    if not courses:
        return _without_courses(fact, reader, never, unread)
    evidence = tuple(course.evidence() for course in courses)
    truth = _below(courses, test.below_months, view.as_of)
    if truth is False:
        return Verdict(State.NOT_MET, fact.label, evidence)
    if unread.state is State.UNAVAILABLE:
        return Verdict(State.UNAVAILABLE, fact.label, evidence, unread.why, unread.detail)
    if truth is None or reader.broken:
        return Verdict(State.NOT_DOCUMENTED, fact.label, evidence, Why.UNDECIDED_COURSE)
    return Verdict(State.MET, fact.label, evidence)


def _without_courses(
    fact: Exposure, reader: "_Reader", never: list[Evidence], unread: Verdict
) -> Verdict:
    if reader.broken:
        reference, fault = reader.broken[0]
        where = (Evidence(reference),)
        return Verdict(State.NOT_DOCUMENTED, fact.label, where, Why.BROKEN, fault)
    if never and unread.state is not State.UNAVAILABLE:
        return Verdict(State.MET, fact.label, tuple(never))
    return unread


def _below(courses: list[Course], months: int, as_of: date) -> Truth:
    """Return whether the total is below *months*, counted from the first day on record."""
    start = min(course.first.first for course in courses)
    limit = add_months(start, months) - start
    if _total(_least(courses, as_of), as_of) >= limit:
        return False
    return True if _total(_greatest(courses, as_of), as_of) < limit else None


Stretch = tuple[date, date]


def _total(stretches: Iterable[Stretch], as_of: date) -> timedelta:
    """Return the length of all stretches together; what overlaps counts once."""
    total, reached = timedelta(), date.min
    for first, last in sorted(stretches):
        begin, end = max(first, reached), min(last, as_of)
        if end > begin:
            total += end - begin
        reached = max(reached, last)
    return total


def _least(courses: list[Course], as_of: date) -> Iterator[Stretch]:
    for course in courses:
        if not course.dose and course.last is not None:
            first, last = course.first.last, course.last.first
            if first <= last:
                yield first, min(last, as_of)
    doses = sorted(course.first.first for course in courses if _is_exact_dose(course))
    for one, following in pairwise(doses):
        if following - one <= _CYCLE:
            yield one, following


def _is_exact_dose(course: Course) -> bool:
    return course.dose and course.first.first == course.first.last


def _greatest(courses: list[Course], as_of: date) -> Iterator[Stretch]:
    for course in courses:
        if not course.dose:
            yield course.first.first, course.last.last if course.last is not None else as_of
    doses = [course for course in courses if course.dose]
    if doses:
        first = min(dose.first.first for dose in doses)
        yield first, max(dose.first.last for dose in doses) + _CYCLE


class _Reader:
    """Reads the medication records about one drug, and notes what it could not read."""

    def __init__(self, fact: Exposure, view: View) -> None:
        self.fact = fact
        self.view = view
        self.broken: list[tuple[str, str]] = []
        self.unreadable = False

    def _is_about(self, concept: Concept) -> bool:
        value_sets = self.view.clinical.value_sets
        if any(value_sets[name].holds_any(concept) for name in self.fact.codes):
            return True
        return matches_words(concept, self.fact.words)

    def _records(self, *kinds: str) -> Iterator[Resource]:
        for record in self.view.chart.all(*kinds):
            concept = read_concept(record.get("medicationCodeableConcept") or record.get("code"))
            reference = record.get("medicationReference")
            if isinstance(reference, Mapping):
                medication = self.view.chart.resolve(reference, record)
                named = Concept(texts=tuple(filter(None, [reference.get("display")])))
                concept = read_concept(medication.get("code")) if medication is not None else named
                if medication is None and not concept.texts:
                    self.unreadable = True
            if self._is_about(concept):
                yield record

    def courses(self, *kinds: str) -> Iterator[Course]:
        """Yield what was given or taken, up to the as-of date."""
        for record in self._records(*kinds):
            kind = str(record["resourceType"])
            if record.get("status") not in _TAKEN[kind]:
                continue
            reference = reference_of(record)
            fault = fault_in(record)
            if fault is not None:
                self.broken.append((reference, fault))
                continue
            course = self._course(record, reference)
            if course is None:
                self.broken.append((reference, "effective time"))
            elif course.first.first <= self.view.as_of:
                yield course

    def _course(self, record: Resource, reference: str) -> Course | None:
        today = self.view.as_of
        now = DateSpan(today, today, today.isoformat())
        ongoing = record.get("status") in _ONGOING
        for element in ("effectivePeriod", "performedPeriod"):
            period = record.get(element)
            if isinstance(period, Mapping):
                start, end = read_date(period.get("start")), read_date(period.get("end"))
                if start is None:
                    return None
                if end is None and ongoing:
                    end = now
                return Course(reference, start, end)
        for element in ("effectiveDateTime", "performedDateTime"):
            given = read_date(record.get(element))
            if given is not None:
                statement = record["resourceType"] == "MedicationStatement"
                if statement and ongoing:
                    return Course(reference, given, now)
                return Course(reference, given, None, dose=not statement)
        return self._ordered(record, reference, now if ongoing else None)

    def _ordered(self, record: Resource, reference: str, now: DateSpan | None) -> Course | None:
        if record["resourceType"] != "MedicationRequest":
            return None
        for period in _bounds(record):
            start, end = read_date(period.get("start")), read_date(period.get("end"))
            if start is not None:
                return Course(reference, start, end or now)
        authored = read_date(record.get("authoredOn"))
        return Course(reference, authored, now) if authored is not None else None

    def never(self) -> Iterator[Evidence]:
        """Yield the records that say that the drug was never taken."""
        for record in self._records("MedicationStatement"):
            if record.get("status") == "not-taken" and fault_in(record) is None:
                yield Evidence(reference_of(record), "not taken", _asserted(record))
        for observation in self.view.chart.all("Observation"):
            if observation.get("status") not in FINAL or fault_in(observation) is not None:
                continue
            if self._is_about(read_concept(observation.get("code"))) and self._denies(observation):
                yield Evidence(reference_of(observation), "never", _asserted(observation))

    def _denies(self, observation: Resource) -> bool:
        if observation.get("valueBoolean") is False:
            return True
        texts = list(read_concept(observation.get("valueCodeableConcept")).texts)
        if isinstance(observation.get("valueString"), str):
            texts.append(observation["valueString"])
        return any(
            mention(each, self.fact.words.any_of) is Mention.NEGATED or says(each, _NEVER_WORDS)
            for each in texts
        )


def _bounds(request: Resource) -> Iterator[Mapping[str, object]]:
    dosages = request.get("dosageInstruction")
    for dosage in dosages if isinstance(dosages, list) else []:
        step: object = dosage
        for element in ("timing", "repeat", "boundsPeriod"):
            step = step.get(element) if isinstance(step, Mapping) else None
        if isinstance(step, Mapping):
            yield step
    dispense = request.get("dispenseRequest")
    validity = dispense.get("validityPeriod") if isinstance(dispense, Mapping) else None
    if isinstance(validity, Mapping):
        yield validity


def _asserted(record: Resource) -> DateSpan | None:
    for element in ("dateAsserted", "effectiveDateTime", "issued"):
        written = read_date(record.get(element))
        if written is not None:
            return written
    return None
