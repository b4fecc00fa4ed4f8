"""Earlier transplants: what Procedures, problems, observations and the order tell of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cards.clinical.services import Graft
from cards.history.transplant_terms import (
    Terms,
    answer,
    is_about_other,
    is_around_transplant,
    texts_of,
)
from cards.purpose.statements import reasons_of, remarks_of
from cards.record.chart import Resource, reference_of
from cards.record.conditions import Standing, said_on, standing
from cards.record.observations import FINAL, when
from cards.values.coding import Concept, read_code, read_concept
from cards.values.dates import DateSpan, read_date
from cards.values.text import Mention
from cards.verdict import Evidence
from cards.view import View

_DONOR = ("stem-cell-donor",)
_SAID = (Mention.PRESENT, Mention.HISTORY)


@dataclass(frozen=True, slots=True)
class Transplant:
    """One earlier transplant, as one resource tells of it; several may tell of the same.

    *graft* none: the type is not told, or (*contradicted*) told in two ways. *on* is the day of
    the transplant where it is *exact*, and otherwise a day by which it had happened.
    """

    reference: str
    graft: Graft | None
    on: DateSpan | None
    shown: str
    exact: bool = False
    contradicted: bool = False

    def evidence(self) -> Evidence:
        """Return the transplant as evidence; it does not age."""
        return Evidence(self.reference, self.shown, self.on)


@dataclass(frozen=True, slots=True)
class Denial:
    """A statement that there was no transplant up to a day; *graft* none: of neither type."""

    reference: str
    graft: Graft | None
    on: DateSpan | None
    shown: str

    def evidence(self) -> Evidence:
        """Return the statement as evidence."""
        return Evidence(self.reference, self.shown, self.on)


@dataclass(frozen=True, slots=True)
class History:
    """Everything on record about earlier transplants up to the as-of date.

    *doubtful* are statements that cannot be used; *supports* (graft-versus-host disease, a
    complication) speak for a transplant and do not prove it. *broken* names an element that is
    no valid FHIR, if any.
    """

    transplants: tuple[Transplant, ...] = ()
    denials: tuple[Denial, ...] = ()
    doubtful: tuple[Evidence, ...] = ()
    supports: tuple[Evidence, ...] = ()
    broken: str | None = None

    def of(self, graft: Graft | None) -> tuple[Transplant, ...]:
        """Return the transplants of one type; of every type for None."""
        return tuple(each for each in self.transplants if graft in (None, each.graft))

    @property
    def latest(self) -> DateSpan | None:
        """The day of the latest transplant; failing that a day by which the last had happened."""
        days = [each.on for each in self.transplants if each.exact and each.on is not None]
        days = days or [each.on for each in self.transplants if each.on is not None]
        return max(days, key=lambda each: (each.first, each.last), default=None)


def transplant_history(view: View) -> History:
    """Return what the chart and the order's own words tell of earlier transplants.

    Only completed procedures count, and no harvest, search, or collection does. What is planned,
    another person's, or in the future is left out.
    """
    reader = _Reader(view)
    told = [
        *(each for item in view.chart.all("Procedure") for each in reader.procedure(item)),
        *(each for item in view.chart.all("Condition") for each in reader.condition(item)),
        *(each for item in reader.observations() for each in reader.observation(item)),
        *reader.order(),
    ]
    return History(
        tuple(each for each in told if isinstance(each, Transplant)),
        tuple(each for each in told if isinstance(each, Denial)),
        tuple(each for each in told if isinstance(each, Evidence)),
        tuple(reader.supports),
        reader.broken,
    )


Told = Transplant | Denial | Evidence


class _Reader:
    """Reads one patient's records about transplants, and notes what only supports them."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.terms = Terms(view)
        self.supports: list[Evidence] = []
        self.broken: str | None = None

    def _past(self, on: DateSpan | None) -> bool:
        return on is None or on.first <= self.view.as_of

    def _unusable(self, resource: Resource) -> bool:
        fault = self.view.chart.fault_in(resource)
        self.broken = self.broken or fault
        return fault is not None

    def _worded(self, concept: Concept) -> list[tuple[str, Mention, frozenset[Graft]]]:
        found = ((each, self.terms.worded(each)) for each in concept.texts)
        return [(each, *worded) for each, worded in found if worded is not None]

    def procedure(self, procedure: Resource) -> Iterator[Told]:
        concept, on = read_concept(procedure.get("code")), _performed(procedure)
        coded, grafts = self.terms.coded(concept)
        worded = self._worded(concept)
        affirmed = bool(worded) and all(sense in _SAID for _, sense, _ in worded)
        if not coded and (self.terms.is_other_service(concept) or not affirmed):
            return
        if read_code(procedure.get("status")) not in (
            "completed",
            "unknown",
            None,
        ) or not self._past(on):
            return
        reference, shown = reference_of(procedure), concept.label or "transplant"
        around = not coded and is_around_transplant(concept.texts)
        if around or self._unusable(procedure) or procedure.get("status") != "completed":
            yield Evidence(reference, shown, on)
            return
        said = {graft for _, sense, some in worded for graft in some if sense in _SAID}
        types = grafts | said
        graft = next(iter(types)) if len(types) == 1 else None
        yield Transplant(reference, graft, on, shown, exact=True, contradicted=len(types) > 1)

    def condition(self, condition: Resource) -> Iterator[Told]:
        concept, on = read_concept(condition.get("code")), said_on(condition)
        stands = standing(condition)
        if stands is Standing.VOID or not self._past(on) or self.terms.holds(_DONOR, concept):
            return
        reference, shown = reference_of(condition), concept.label or "transplant"
        coded, grafts = self.terms.coded(concept)
        worded = self._worded(concept)
        if not coded and self.terms.holds(self.terms.any.doubtful_codes, concept):
            if stands not in (Standing.REFUTED, Standing.UNCONFIRMED):
                self.supports.append(Evidence(reference, shown, on))
        elif not coded and not worded:
            return
        elif self._unusable(condition) or stands is Standing.UNCONFIRMED:
            yield Evidence(reference, shown, on)
        elif stands is Standing.REFUTED:
            types = grafts or frozenset(graft for _, _, some in worded for graft in some)
            yield _denial(reference, types, on, f"{shown}, refuted")
        elif coded:
            said = {graft for _, sense, some in worded for graft in some if sense in _SAID}
            if grafts and said and grafts.isdisjoint(said):
                yield Transplant(reference, None, on, shown, contradicted=True)
            else:
                yield from _each_type(reference, grafts or frozenset(said), on, shown)
        else:
            yield from self._text(reference, worded[0][0], on, shown)

    def _text(self, reference: str, text: str, on: DateSpan | None, shown: str) -> Iterator[Told]:
        """Yield what a text tells that names a transplant: one, its denial, or only a doubt."""
        found = self.terms.worded(text)
        if found is None or found[0] is Mention.FAMILY:
            return
        sense, grafts = found
        if sense is Mention.NEGATED and not is_about_other([text]):
            yield _denial(reference, grafts, on, shown)
        elif sense in _SAID:
            yield from _each_type(reference, grafts, on, shown)
        else:
            yield Evidence(reference, shown, on)

    def observations(self) -> list[Resource]:
        return self.view.chart.about(
            "Observation",
            ("transplant", self.view.clinical),
            lambda concept: self.terms.coded(concept)[0] or bool(self._worded(concept)),
        )

    def observation(self, observation: Resource) -> Iterator[Told]:
        if read_code(observation.get("status")) not in FINAL or not self._past(when(observation)):
            return
        components = observation.get("component")
        listed = components if isinstance(components, list) else []
        for part in (observation, *listed):
            if not isinstance(part, dict):
                continue
            concept = read_concept(part.get("code"))
            coded, grafts = self.terms.coded(concept)
            worded = self._worded(concept)
            if (coded or worded) and not is_about_other(concept.texts):
                types = grafts or frozenset(graft for _, _, some in worded for graft in some)
                yield from self._answered(observation, part, types)

    def _answered(
        self, observation: Resource, part: Mapping[str, Any], grafts: frozenset[Graft]
    ) -> Iterator[Told]:
        """Yield what the value of an Observation about a transplant tells of it."""
        reference, on = reference_of(observation), when(observation)
        said, texts = answer(part), texts_of(part)
        shown = next(iter((*texts, *read_concept(part.get("code")).texts)), "transplant")
        valued = self.terms.coded(read_concept(part.get("valueCodeableConcept")))[1]
        valued |= frozenset(graft for each in texts for graft in self.terms.types_in(each))
        day = read_date(part.get("valueDateTime"))
        if self._unusable(observation):
            yield Evidence(reference, shown, on)
        elif day is not None and self._past(day):
            yield from _each_type(reference, grafts, day, shown, exact=True)
        elif said is False and not valued:
            yield _denial(reference, grafts, on, shown)
        elif said is True or (said is None and valued):
            yield from _each_type(reference, grafts & valued or valued or grafts, on, shown)
        elif texts:
            yield Evidence(reference, shown, on)

    def order(self) -> Iterator[Told]:
        """Yield what the order's reasons and remarks tell; its code and title tell nothing."""
        order = self.view.order
        texts = [
            each
            for reason in reasons_of(self.view)
            if reason.reference == order.reference
            for each in reason.concept.texts
        ]
        for each in (*texts, *remarks_of(order.resource)):
            yield from self._text(order.reference, each, None, each)


def _performed(procedure: Resource) -> DateSpan | None:
    period = procedure.get("performedPeriod")
    ends = (period.get("start"), period.get("end")) if isinstance(period, dict) else ()
    written = (procedure.get("performedDateTime"), *ends)
    return next((span for each in written if (span := read_date(each)) is not None), None)


def _each_type(
    reference: str,
    grafts: frozenset[Graft],
    on: DateSpan | None,
    shown: str,
    *,
    exact: bool = False,
) -> Iterator[Transplant]:
    for graft in sorted(grafts) or (None,):
        yield Transplant(reference, graft, on, shown, exact=exact)


def _denial(reference: str, grafts: frozenset[Graft], on: DateSpan | None, shown: str) -> Denial:
    return Denial(reference, next(iter(grafts)) if len(grafts) == 1 else None, on, shown)
