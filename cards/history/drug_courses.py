"""What a patient was given or took of one drug, as courses with their days, and what denies it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cards.facts import Exposure
from cards.record.chart import Resource, listed, reference_of
from cards.record.naming import matches_words
from cards.record.observations import FINAL
from cards.record.topics import Asker
from cards.values.coding import Concept, read_code, read_concept
from cards.values.dates import DateSpan, read_date
from cards.values.text import Mention, mention, says, words
from cards.verdict import Evidence, State, Verdict, Why
from cards.view import View

_TAKEN = {
    "MedicationAdministration": frozenset({"completed", "in-progress", "stopped", "on-hold"}),
    "MedicationStatement": frozenset({"active", "completed", "stopped", "on-hold"}),
    "MedicationRequest": frozenset({"active", "completed", "stopped"}),
    "Procedure": frozenset({"completed", "in-progress", "stopped"}),
}
_ONLY_INTENDED = frozenset({"proposal", "plan", "option"})
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


@dataclass(frozen=True, slots=True)
class DrugCourse:
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


def _named(medication: Resource | None, reference: Mapping[str, object]) -> Concept:
    """Return what names a drug: its code, its ingredients, or the reference to it."""
    if medication is not None:
        concept = read_concept(medication.get("code"))
        if concept.codings or concept.texts:
            return concept
        parts = [
            read_concept(each.get("itemCodeableConcept"))
            for each in listed(medication.get("ingredient"))
            if isinstance(each, dict)
        ]
        if any(each.codings or each.texts for each in parts):
            return Concept(
                tuple(coding for each in parts for coding in each.codings),
                tuple(text for each in parts for text in each.texts),
            )
    shown = reference.get("display")
    return Concept(texts=(shown,)) if isinstance(shown, str) and shown else Concept()


class DrugReader:
    """Reads the medication records about one drug, and notes what it could not read."""

    def __init__(self, fact: Exposure, view: View) -> None:
        self._fact = fact
        self._view = view
        self.broken: list[tuple[str, str]] = []
        self.unreadable: Verdict | None = None

    def _is_about(self, concept: Concept) -> bool:
        value_sets = self._view.clinical.value_sets
        if any(value_sets[name].holds_any(concept) for name in self._fact.codes):
            return True
        spoken = (Mention.PRESENT, Mention.HISTORY)
        return matches_words(concept, self._fact.words) and any(
            mention(each, self._fact.words.any_of) in spoken for each in concept.texts
        )

    def _records(self, *kinds: str) -> Iterator[Resource]:
        for record in self._candidates(kinds):
            concept = read_concept(record.get("medicationCodeableConcept") or record.get("code"))
            reference = record.get("medicationReference")
            if isinstance(reference, dict):
                medication = self._view.chart.resolve(reference, record)
                concept = _named(medication, reference)
                if not concept.texts and not concept.codings:
                    self.unreadable = self._unreadable(reference, record)
            if self._is_about(concept):
                yield record

    def _candidates(self, kinds: tuple[str, ...]) -> Iterator[Resource]:
        """Yield what may be about the drug: Procedures by their code, medications one and all."""
        for kind in kinds:
            if kind == "Procedure":
                yield from self._view.chart.about(kind, self._asker, self._is_about)
            else:
                yield from self._view.chart.all(kind)

    @property
    def _asker(self) -> Asker:
        return ("drug", self._fact, self._view.clinical.value_sets)

    def _unreadable(self, reference: Mapping[str, object], record: Resource) -> Verdict:
        """Return the verdict for a drug that may be this one, and that nothing names."""
        why = self._view.chart.why_missing(reference, record)
        if why is not None:
            return Verdict(State.UNAVAILABLE, self._fact.label, (), Why.COULD_NOT_LOOK, why)
        return Verdict(State.NOT_DOCUMENTED, self._fact.label, (), Why.UNREADABLE_REFERENCE)

    def courses(self, *kinds: str) -> Iterator[DrugCourse]:
        """Yield what was given or taken, up to the as-of date."""
        for record in self._records(*kinds):
            kind = str(record["resourceType"])
            # STU3 says in `taken` what R4 says in the status.
            if read_code(record.get("status")) not in _TAKEN[kind] or record.get("taken") == "n":
                continue
            if kind == "MedicationRequest" and _gives_nothing_before(record):
                continue
            reference = reference_of(record)
            fault = self._view.chart.fault_in(record)
            if fault is not None:
                self.broken.append((reference, fault))
                continue
            course = self._course(record, reference)
            if course is None:
                self.broken.append((reference, "effective time"))
            elif course.first.first <= self._view.as_of:
                yield course

    def _course(self, record: Resource, reference: str) -> DrugCourse | None:
        today = self._view.as_of
        now = DateSpan(today, today, today.isoformat())
        ongoing = read_code(record.get("status")) in _ONGOING
        for element in ("effectivePeriod", "performedPeriod"):
            period = record.get(element)
            if isinstance(period, dict):
                start, end = read_date(period.get("start")), read_date(period.get("end"))
                if start is None:
                    return None
                if end is None and ongoing:
                    end = now
                reversed_period = end is not None and end.last < start.first
                return None if reversed_period else DrugCourse(reference, start, end)
        for element in ("effectiveDateTime", "performedDateTime"):
            given = read_date(record.get(element))
            if given is not None:
                statement = record["resourceType"] == "MedicationStatement"
                if statement and ongoing:
                    return DrugCourse(reference, given, now)
                return DrugCourse(reference, given, None, dose=not statement)
        return self._ordered(record, reference, now if ongoing else None)

    def _ordered(self, record: Resource, reference: str, now: DateSpan | None) -> DrugCourse | None:
        if record["resourceType"] != "MedicationRequest":
            return None
        for period in _bounds(record):
            start, end = read_date(period.get("start")), read_date(period.get("end"))
            if start is not None:
                return DrugCourse(reference, start, end or now)
        authored = read_date(record.get("authoredOn"))
        return DrugCourse(reference, authored, now) if authored is not None else None

    def never(self) -> Iterator[Evidence]:
        """Yield the records that say that the drug was never taken."""
        for record in self._records("MedicationStatement"):
            not_taken = record.get("status") == "not-taken" or record.get("taken") == "n"
            on = _asserted(record)
            if on is not None and on.first > self._view.as_of:
                continue
            if not_taken and self._view.chart.fault_in(record) is None:
                yield Evidence(reference_of(record), "not taken", on)
        for observation in self._observations():
            if (
                read_code(observation.get("status")) not in FINAL
                or self._view.chart.fault_in(observation) is not None
            ):
                continue
            if self._is_about(read_concept(observation.get("code"))) and self._denies(observation):
                yield Evidence(reference_of(observation), "never", _asserted(observation))

    def _observations(self) -> list[Resource]:
        return self._view.chart.about("Observation", self._asker, self._is_about)

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
        drug = {word for name in self._fact.words.any_of for word in words(name)}
        answer = " ".join(word for word in words(written) if word not in drug | {"with", "to"})
        return answer in _NEVER


def _gives_nothing_before(request: Resource) -> bool:
    """Whether a request is a plan, forbids the drug, or is for the transplant itself."""
    intended = read_code(request.get("intent")) in _ONLY_INTENDED
    return intended or request.get("doNotPerform") is True or _is_for_the_transplant(request)


def _is_for_the_transplant(request: Resource) -> bool:
    """Whether a request says that it is for mobilisation or conditioning: no earlier treatment."""
    texts = [read_concept(request.get("medicationCodeableConcept")).label or ""]
    for element in ("reasonCode", "note", "dosageInstruction"):
        written = request.get(element)
        for item in written if isinstance(written, list) else []:
            if isinstance(item, dict):
                texts += [str(item.get("text") or ""), *read_concept(item).texts]
    return any(says(each, _TRANSPLANT_STEPS) for each in texts)


def _bounds(request: Resource) -> Iterator[Mapping[str, object]]:
    dosages = request.get("dosageInstruction")
    for dosage in dosages if isinstance(dosages, list) else []:
        step: object = dosage
        for element in ("timing", "repeat", "boundsPeriod"):
            step = step.get(element) if isinstance(step, dict) else None
        if isinstance(step, dict):
            yield step
    dispense = request.get("dispenseRequest")
    validity = dispense.get("validityPeriod") if isinstance(dispense, dict) else None
    if isinstance(validity, dict):
        yield validity


def _asserted(record: Resource) -> DateSpan | None:
    for element in ("dateAsserted", "effectiveDateTime", "issued"):
        written = read_date(record.get(element))
        if written is not None:
            return written
    return None
