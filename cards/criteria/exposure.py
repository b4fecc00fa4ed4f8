"""Criteria on how long a patient has been treated with a drug, all courses together."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from cards.chart import Resource, reference_of, relative_reference
from cards.coding import Concept, read_code, read_concept
from cards.dates import DateSpan, add_months, read_date
from cards.facts import READS, Exposure, Strict
from cards.kleene import Truth
from cards.model import fault_in
from cards.naming import matches_words
from cards.observations import FINAL
from cards.text import Mention, mention, says, words
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View, silent


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


# One cycle of a monthly pulse is this long, at the most; doses this close are one course, at the
# least. Between the two it is open whether pulses make a treatment of months.
_CYCLE = timedelta(days=31)
_CONTINUOUS = timedelta(days=7)

_TAKEN = {
    "MedicationAdministration": frozenset({"completed", "in-progress", "stopped", "on-hold"}),
    "MedicationStatement": frozenset({"active", "completed", "stopped", "on-hold"}),
    "MedicationRequest": frozenset({"active", "completed", "stopped"}),
    "Procedure": frozenset({"completed", "in-progress", "stopped"}),
}
_ONGOING = frozenset({"in-progress", "active"})
_ASKED_OF_EXPOSURE = (
    "exposure", "treatment", "history", "use", "prior", "previous", "previously", "therapy",
    "treated", "taken", "received", "given",
)  # fmt: skip
_NOT_EXPOSURE = (
    "allergy", "hypersensitivity", "intolerance", "toxicity", "side effect", "induced", "cystitis",
    "level", "adverse", "reaction", "contraindication", "resistance",
)  # fmt: skip
_TRANSPLANT_STEPS = ("conditioning", "mobilization", "mobilisation", "preparative regimen")
_NEVER = (
    "never", "none", "no", "absent", "not taken", "not exposed", "naive", "negative", "false",
    "never taken", "never treated", "never given", "never received", "never exposed", "not given",
    "not received", "no prior treatment", "no prior exposure", "no previous treatment",
    "no exposure", "no history", "not treated", "treatment naive",
)  # fmt: skip


def decide(test: Exposed, view: View) -> Verdict:
    """Return whether the least and the greatest possible total lie on one side of the limit.

    A request counts only where no administration or statement tells of its course.
    """
    fact = view.fact(test.fact, Exposure)
    reader = _Reader(fact, view)
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


def _told_of(request: Course, told: list[Course]) -> bool:
    """Whether anything told falls into the time of a request, or would if it had an end."""
    last = request.last.last if request.last is not None else date.max
    return any(
        each.first.first <= last
        and (each.last.last if each.last is not None else each.first.last) >= request.first.first
        for each in told
    )


def _without_courses(
    fact: Exposure, reader: "_Reader", never: list[Evidence], unread: Verdict
) -> Verdict:
    if reader.broken:
        reference, fault = reader.broken[0]
        where = (Evidence(reference),)
        return Verdict(State.NOT_DOCUMENTED, fact.label, where, Why.BROKEN, fault)
    if never and unread.state is not State.UNAVAILABLE and unread is not reader.unreadable:
        return Verdict(State.MET, fact.label, tuple(never))
    return unread


def _below(courses: list[Course], months: int, as_of: date) -> Truth:
    """Return whether the total is below *months*; unknown where the records leave it open."""
    least, greatest = (
        _merged(_least(courses, as_of), as_of),
        _merged(_greatest(courses, as_of), as_of),
    )
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


def _least(courses: list[Course], as_of: date) -> Iterator[Stretch]:
    for course in courses:
        if not course.dose and course.last is not None:
            first, last = course.first.last, course.last.first
            if first <= last:
                yield first, min(last, as_of)
    doses = sorted(course.first.first for course in courses if _is_exact_dose(course))
    for one, following in pairwise(doses):
        if following - one <= _CONTINUOUS:
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
        self.unreadable: Verdict | None = None

    def _is_about(self, concept: Concept) -> bool:
        value_sets = self.view.clinical.value_sets
        if any(value_sets[name].holds_any(concept) for name in self.fact.codes):
            return True
        spoken = (Mention.PRESENT, Mention.HISTORY)
        return matches_words(concept, self.fact.words) and any(
            mention(each, self.fact.words.any_of) in spoken for each in concept.texts
        )

    def _records(self, *kinds: str) -> Iterator[Resource]:
        for record in self.view.chart.all(*kinds):
            concept = read_concept(record.get("medicationCodeableConcept") or record.get("code"))
            reference = record.get("medicationReference")
            if isinstance(reference, Mapping):
                medication = self.view.chart.resolve(reference, record)
                named = Concept(texts=tuple(filter(None, [reference.get("display")])))
                concept = read_concept(medication.get("code")) if medication is not None else named
                if medication is None and not concept.texts:
                    self.unreadable = self._unreadable(reference)
            if self._is_about(concept):
                yield record

    def _unreadable(self, reference: Mapping[str, object]) -> Verdict:
        """Return the verdict for a drug that may be this one, and that nothing names."""
        why = self.view.chart.missing_references.get(relative_reference(reference) or "")
        if why is not None:
            return Verdict(State.UNAVAILABLE, self.fact.label, (), Why.COULD_NOT_LOOK, why)
        return Verdict(State.NOT_DOCUMENTED, self.fact.label, (), Why.UNREADABLE_REFERENCE)

    def courses(self, *kinds: str) -> Iterator[Course]:
        """Yield what was given or taken, up to the as-of date."""
        for record in self._records(*kinds):
            kind = str(record["resourceType"])
            # STU3 says in `taken` what R4 says in the status.
            if read_code(record.get("status")) not in _TAKEN[kind] or record.get("taken") == "n":
                continue
            if kind == "MedicationRequest" and _is_for_the_transplant(record):
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
        ongoing = read_code(record.get("status")) in _ONGOING
        for element in ("effectivePeriod", "performedPeriod"):
            period = record.get(element)
            if isinstance(period, Mapping):
                start, end = read_date(period.get("start")), read_date(period.get("end"))
                if start is None:
                    return None
                if end is None and ongoing:
                    end = now
                reversed_period = end is not None and end.last < start.first
                return None if reversed_period else Course(reference, start, end)
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
            not_taken = record.get("status") == "not-taken" or record.get("taken") == "n"
            on = _asserted(record)
            if on is not None and on.first > self.view.as_of:
                continue
            if not_taken and fault_in(record) is None:
                yield Evidence(reference_of(record), "not taken", on)
        for observation in self.view.chart.all("Observation"):
            if (
                read_code(observation.get("status")) not in FINAL
                or fault_in(observation) is not None
            ):
                continue
            if self._is_about(read_concept(observation.get("code"))) and self._denies(observation):
                yield Evidence(reference_of(observation), "never", _asserted(observation))

    def _denies(self, observation: Resource) -> bool:
        """Whether an Observation that asks for earlier treatment answers that there was none."""
        asked = read_concept(observation.get("code")).texts
        if any(says(each, _NOT_EXPOSURE) for each in asked):
            return False
        if not any(says(each, _ASKED_OF_EXPOSURE) for each in asked):
            return False
        if observation.get("valueBoolean") is False:
            return True
        texts = list(read_concept(observation.get("valueCodeableConcept")).texts)
        if isinstance(observation.get("valueString"), str):
            texts.append(observation["valueString"])
        return bool(texts) and all(self._says_never(each) for each in texts)

    def _says_never(self, written: str) -> bool:
        drug = {word for name in self.fact.words.any_of for word in words(name)}
        answer = " ".join(word for word in words(written) if word not in drug | {"with", "to"})
        return answer in _NEVER


def _is_for_the_transplant(request: Resource) -> bool:
    """Whether a request says that it is for mobilisation or conditioning: no earlier treatment."""
    texts = [read_concept(request.get("medicationCodeableConcept")).label or ""]
    for element in ("reasonCode", "note", "dosageInstruction"):
        written = request.get(element)
        for item in written if isinstance(written, list) else []:
            if isinstance(item, Mapping):
                texts += [str(item.get("text") or ""), *read_concept(item).texts]
    return any(says(each, _TRANSPLANT_STEPS) for each in texts)


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
