"""Statements in the record that a finding is present or absent, whatever resource makes them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cards.facts import FindingFact
from cards.record.answers import (
    Says,
    flags_of,
    is_of_the_past,
    points_elsewhere,
    said_by_counts,
    said_in,
    shown_value,
)
from cards.record.chart import Chart, Resource, reference_of
from cards.record.chromosomes import counts_of
from cards.record.conditions import Standing, present_since, said_on, standing
from cards.record.finding_names import FindingNames
from cards.record.observations import FINAL, is_old, when
from cards.values.coding import Concept, ValueSet, read_code, read_concept
from cards.values.dates import DateSpan
from cards.values.text import Mention
from cards.verdict import Evidence


@dataclass(frozen=True, slots=True)
class Assertion:
    """One statement about a finding, on one day or (*lasting*) from that day until now.

    *ever*: a denial is not only of that day, but of all the time up to it.
    """

    reference: str
    says: Says
    on: DateSpan | None
    shown: str | None = None
    lasting: bool = False
    broken: str | None = None
    ever: bool = False

    def evidence(self, as_of: date) -> Evidence:
        """Return the statement as evidence; a lasting one does not age."""
        old = not self.lasting and is_old(self.on, as_of)
        return Evidence(self.reference, self.shown, self.on, old)


_REPORT_FINAL = FINAL | {"appended"}


def assertions_of(
    fact: FindingFact, chart: Chart, value_sets: Mapping[str, ValueSet], as_of: date
) -> list[Assertion]:
    """Return what Conditions, Observations and reports say of a finding, up to *as_of*."""
    reader = _Reader(fact, value_sets, chart)
    found = [
        *(each for item in reader.conditions() for each in reader.condition(item)),
        *(each for item in reader.observations() for each in reader.observation(item)),
        *(each for item in reader.reports() for each in reader.report(item)),
    ]
    return [each for each in found if each.on is None or each.on.first <= as_of]


@dataclass(frozen=True)
class _Reader(FindingNames):
    chart: Chart

    def conditions(self) -> list[Resource]:
        return self.chart.about(
            "Condition", ("problem", self.fact, self.value_sets), self.may_be_problem
        )

    def observations(self) -> list[Resource]:
        return self.chart.about(
            "Observation", ("result", self.fact, self.value_sets), self.may_be_result
        )

    def reports(self) -> list[Resource]:
        return self.chart.about(
            "DiagnosticReport", ("study", self.fact, self.value_sets), self.is_study
        )

    def condition(self, condition: Resource) -> Iterator[Assertion]:
        concept = read_concept(condition.get("code"))
        coded = self.in_any(self.fact.codes, concept)
        sense = self.named(concept)
        ambiguous = self.in_any((*self.fact.ambiguous_codes, *self.fact.doubtful_codes), concept)
        ambiguous = ambiguous or self.resembles(concept)
        opposite = self.excludes(concept)
        if not (coded or sense is not None or ambiguous or opposite):
            return
        stands = standing(condition)
        if stands is Standing.VOID or sense is Mention.FAMILY:
            return
        shown = concept.label
        reference = reference_of(condition)
        fault = self.chart.fault_in(condition)
        if fault is not None:
            yield Assertion(reference, Says.DOUBTFUL, None, shown, broken=fault)
            return
        if coded:
            # The code names the finding: a text beside it that does not agree makes it doubtful.
            agrees = sense in (None, Mention.PRESENT)
            sense = None if agrees else sense if sense is Mention.HISTORY else Mention.DOUBTFUL
        if opposite and not coded and sense is not Mention.PRESENT:
            if stands not in (Standing.REFUTED, Standing.UNCONFIRMED):
                yield Assertion(reference, Says.ABSENT, present_since(condition), shown)
            return
        yield self._stated(reference, stands, sense, condition, shown)

    def _stated(
        self,
        reference: str,
        stands: Standing,
        sense: Mention | None,
        condition: Resource,
        shown: str | None,
    ) -> Assertion:
        """Return what a Condition states; *sense* is how its text speaks, if only text does."""
        said, since = said_on(condition), present_since(condition)
        coded = sense is None and self.in_any(self.fact.codes, read_concept(condition.get("code")))
        lasts = self.fact.past_counts or self.fact.stays or self.fact.constant
        # A history that is marked as over, of what matters only while it is there.
        gone = stands in (Standing.GONE, Standing.REMISSION) and not lasts
        doubtful = (
            stands is Standing.UNCONFIRMED
            or sense is Mention.DOUBTFUL
            or (sense is None and not coded)
            or (sense is Mention.HISTORY and not (self.fact.past_counts or gone))
        )
        of_a_part = self.of_a_part(read_concept(condition.get("code")))
        if of_a_part and (stands is Standing.REFUTED or sense is Mention.NEGATED):
            return Assertion(reference, Says.DOUBTFUL, said, shown)
        if stands is Standing.REFUTED:
            return Assertion(reference, Says.ABSENT, said, f"{shown}, refuted", ever=True)
        if doubtful:
            return Assertion(reference, Says.DOUBTFUL, said, shown)
        if sense is Mention.NEGATED:
            ever = is_of_the_past(*read_concept(condition.get("code")).texts)
            return Assertion(reference, Says.ABSENT, said, shown, ever=ever)
        if lasts or stands is Standing.PRESENT:
            lasting = not self.fact.of_its_day
            return Assertion(reference, Says.PRESENT, since, shown, lasting=lasting)
        return Assertion(reference, Says.ABSENT, said, f"{shown}, {_status(stands)}")

    def observation(self, observation: Resource) -> Iterator[Assertion]:
        if read_code(observation.get("status")) not in FINAL:
            return
        components = observation.get("component")
        listed = components if isinstance(components, list) else []
        parts = [
            each
            for part in listed
            if isinstance(part, dict)
            for each in self._part(observation, part)
        ]
        if not (parts and _is_panel(observation)):
            yield from self._part(observation, observation)
        yield from parts

    def _part(self, observation: Resource, part: Resource) -> Iterator[Assertion]:
        concept = read_concept(part.get("code"))
        if self.in_any(self.fact.codes, concept) or self.named(concept) is not None:
            spoken = self._answer(part)
        elif self.is_study(concept):
            spoken = self._study_answer(part)
        else:
            return
        if spoken is None:
            return
        fault = self.chart.fault_in(observation)
        said = Says.DOUBTFUL if fault else self.weakened(concept, spoken)
        if said is Says.ABSENT and self.of_a_part(concept):
            said = Says.DOUBTFUL
        value = shown_value(part)
        yield Assertion(
            reference_of(observation),
            said,
            when(observation),
            value or concept.label,
            broken=fault,
            ever=is_of_the_past(*concept.texts, value or ""),
        )

    def _answer(self, part: Resource) -> Says | None:
        """Return what the value of an Observation about the finding itself says."""
        said = set(flags_of(part))
        if not (said and points_elsewhere(part)):
            said |= set(self._values(part))
        if not said:
            return Says.DOUBTFUL
        return said.pop() if len(said) == 1 else Says.DOUBTFUL

    def _study_answer(self, part: Resource) -> Says | None:
        """Return what a study's value says of the finding; None where it is about another."""
        said = set(self._values(part, of_study=True))
        if self.fact.answers.present_codes:
            # Only a study of this very finding (an ECG) says by its flag whether it is there.
            said |= set(flags_of(part))
        counted = said_by_counts(self.fact, counts_of(part))
        if counted is not None:
            said.add(counted)
        if not said:
            return None
        return said.pop() if len(said) == 1 else Says.DOUBTFUL

    def _values(self, part: Resource, *, of_study: bool = False) -> Iterator[Says]:
        if isinstance(part.get("valueBoolean"), bool) and not of_study:
            yield Says.PRESENT if part["valueBoolean"] else Says.ABSENT
        concept = read_concept(part.get("valueCodeableConcept"))
        coded = set(self._coded(concept))
        yield from coded
        texts = [] if coded else list(concept.texts)
        if isinstance(part.get("valueString"), str):
            texts.append(part["valueString"])
        for each in texts:
            said = said_in(self.fact, each, of_study=of_study)
            if said is not None:
                yield said

    def _coded(self, concept: Concept) -> Iterator[Says]:
        answers = self.fact.answers
        if self.in_any((*answers.present_codes, *self.fact.codes), concept):
            yield Says.PRESENT
        if self.in_any(answers.absent_codes, concept):
            yield Says.ABSENT
        if self.in_any(answers.doubtful_codes, concept):
            yield Says.DOUBTFUL

    def report(self, report: Resource) -> Iterator[Assertion]:
        concept = read_concept(report.get("code"))
        if read_code(report.get("status")) not in _REPORT_FINAL or not self.is_study(concept):
            return
        said = set(self._conclusions(report))
        if not said:
            return
        fault = self.chart.fault_in(report)
        spoken = said.pop() if len(said) == 1 and fault is None else Says.DOUBTFUL
        conclusion = report.get("conclusion")
        shown = conclusion.strip()[:160] if isinstance(conclusion, str) else concept.label
        yield Assertion(
            reference_of(report),
            self.weakened(concept, spoken),
            when(report),
            shown,
            broken=fault,
            ever=is_of_the_past(shown or ""),
        )

    def _conclusions(self, report: Resource) -> Iterator[Says]:
        conclusion = report.get("conclusion")
        if isinstance(conclusion, str):
            said = said_in(self.fact, conclusion, of_study=True)
            if said is not None:
                yield said
        codes = report.get("conclusionCode")
        for item in codes if isinstance(codes, list) else []:
            concept = read_concept(item)
            coded = list(self._coded(concept))
            yield from coded
            for each in () if coded else concept.texts:
                said = said_in(self.fact, each, of_study=True)
                if said is not None:
                    yield said


def _is_panel(observation: Resource) -> bool:
    """Whether an Observation has no answer of its own, and no reason for having none."""
    own = ("value", "interpretation", "dataAbsentReason")
    return not any(name.startswith(own) for name in observation)


def _status(stands: Standing) -> str:
    return "in remission" if stands is Standing.REMISSION else "resolved or inactive"
