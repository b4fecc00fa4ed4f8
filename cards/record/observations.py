"""Observations as readings: which are about a fact, their value in the fact's unit, their date."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cards.facts import Measurement
from cards.record.chart import Chart, Resource, reference_of
from cards.record.naming import matches_words, says_sign
from cards.record.quantity import (
    Refusal,
    converted,
    plain,
    spellings,
    unit_of,
    value_of,
)
from cards.values import text
from cards.values.coding import Concept, ValueSet, read_code, read_concept
from cards.values.dates import DateSpan, add_months, read_date
from cards.values.interval import Interval
from cards.verdict import Evidence, Why

FINAL = frozenset({"final", "amended", "corrected"})
VOID = frozenset({"entered-in-error", "cancelled"})


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of a measurement, in the fact's unit, or the reason why it cannot be used.

    *readings* holds more than one interval only where a missing unit leaves several open.
    *like* tells which readings may be compared with one another; *names* is how the record
    names it.
    """

    reference: str
    on: DateSpan | None
    shown: str | None
    readings: tuple[Interval, ...] = ()
    why: Why | None = None
    detail: str | None = None
    like: str = ""
    names: tuple[str, ...] = ()

    def evidence(self, as_of: date) -> Evidence:
        """Return the reading as evidence, with its age."""
        return Evidence(self.reference, self.shown, self.on, is_old(self.on, as_of))


def is_old(on: DateSpan | None, as_of: date) -> bool:
    """Whether something is certainly more than 12 months before *as_of*."""
    return on is not None and on.last < add_months(as_of, -12)


def when(resource: Resource) -> DateSpan | None:
    """Return when an Observation or report was true of the patient.

    The effective time, for a period its end; failing that the time of issue.
    """
    period = resource.get("effectivePeriod")
    ends = (period.get("end"), period.get("start")) if isinstance(period, dict) else ()
    for written in (
        resource.get("effectiveDateTime"),
        resource.get("effectiveInstant"),
        *ends,
        resource.get("issued"),
    ):
        if written is not None:
            return read_date(written)
    return None


@dataclass(frozen=True)
class _Match:
    concept: Concept
    like: str
    contradicted: bool = False
    limit: str | None = None


def readings_of(
    fact: Measurement, chart: Chart, value_sets: Mapping[str, ValueSet], as_of: date
) -> list[Reading]:
    """Return the final readings of a measurement on or before *as_of*, in no order.

    Entered-in-error, cancelled, preliminary and future results are left out.
    """
    found = []
    for observation in _about(fact, chart, value_sets):
        for part, match in _parts_about(observation, fact, value_sets):
            if read_code(observation.get("status")) not in FINAL:
                continue
            on = when(observation)
            if on is not None and on.first > as_of:
                continue
            fault = chart.fault_in(observation)
            found.append(_reading(observation, part, match, fact, on, fault=fault))
    return found


def near_misses(
    fact: Measurement, chart: Chart, value_sets: Mapping[str, ValueSet], as_of: date
) -> list[Reading]:
    """Return what looks like the measurement and is not: not final, or another quantity."""
    neighbours = (*fact.codes_with_unit, *fact.lookalike_codes)
    found = []
    for observation in _about(fact, chart, value_sets):
        if read_code(observation.get("status")) in VOID:
            continue
        on = when(observation)
        if on is not None and on.first > as_of:
            continue
        shown = value_of(observation).shown
        reference = reference_of(observation)
        if any(_parts_about(observation, fact, value_sets)):
            found.append(Reading(reference, on, shown, why=Why.NOT_FINAL))
        elif any(
            value_sets[name].holds_any(read_concept(observation.get("code"))) for name in neighbours
        ):
            found.append(Reading(reference, on, shown, why=Why.ANOTHER_QUANTITY))
    return found


def _about(
    fact: Measurement, chart: Chart, value_sets: Mapping[str, ValueSet]
) -> Iterable[Resource]:
    """Return the Observations whose code or text may mean the measurement, or a neighbour of it."""
    names = [
        *fact.codes,
        *fact.codes_with_unit,
        *fact.lookalike_codes,
        *filter(None, (fact.lower_limit_codes, fact.upper_limit_codes)),
    ]

    def may_mean(concept: Concept) -> bool:
        coded = any(value_sets[name].holds_any(concept) for name in names)
        return coded or matches_words(concept, fact.words)

    return chart.about("Observation", ("measurement", fact, value_sets), may_mean)


def _parts_about(
    observation: Resource, fact: Measurement, value_sets: Mapping[str, ValueSet]
) -> Iterator[tuple[Resource, _Match]]:
    components = observation.get("component")
    listed = components if isinstance(components, list) else []
    for part in (observation, *listed):
        if part is observation and listed and not any(name.startswith("value") for name in part):
            continue  # a panel: its components hold the values
        if isinstance(part, dict):
            match = _match(part, fact, value_sets)
            if part is not observation and _names_only_a_part(part, fact):
                match = _match_within(observation, part, match, fact, value_sets)
            if match is not None:
                yield part, match


def _match(part: Resource, fact: Measurement, value_sets: Mapping[str, ValueSet]) -> _Match | None:
    concept = read_concept(part.get("code"))
    like = _like(concept, fact, value_sets)
    for limit, name in (("lower", fact.lower_limit_codes), ("upper", fact.upper_limit_codes)):
        if name is not None and value_sets[name].holds_any(concept):
            return _Match(concept, like, limit=limit)
    coded = any(value_sets[name].holds_any(concept) for name in fact.codes)
    if not coded:
        coded = any(
            value_sets[name].holds_any(concept) and unit_of(part) in spellings(units)
            for name, units in fact.codes_with_unit.items()
        )
    if coded:
        lookalike = any(value_sets[name].holds_any(concept) for name in fact.lookalike_codes)
        return _Match(concept, like, contradicted=lookalike or _text_contradicts(concept, fact))
    general = {name for name in value_sets if name not in fact.codes_with_words}
    if matches_words(concept, fact.words) and not _means_another(
        concept, {name: value_sets[name] for name in general}
    ):
        return _Match(concept, like, contradicted=_display_contradicts(concept, fact))
    return None


def _names_only_a_part(part: Resource, fact: Measurement) -> bool:
    """Whether a component's name is only understood beside its panel's: "CD3", "% donor"."""
    texts = read_concept(part.get("code")).texts
    return bool(texts) and all(set(text.words(each)) <= set(fact.part_words) for each in texts)


def _match_within(
    panel: Resource,
    part: Resource,
    alone: _Match | None,
    fact: Measurement,
    value_sets: Mapping[str, ValueSet],
) -> _Match | None:
    """Return how a part is about the measurement; *alone* is how it would be without its panel.

    The panel may name it ("donor chimerism") or something else ("donor-derived cell-free DNA").
    """
    concept, named = read_concept(part.get("code")), read_concept(panel.get("code"))
    if alone is not None:
        others = tuple(each for each in fact.words.none_of if each not in fact.refused_units)
        return None if any(says_sign(each, others) for each in named.texts) else alone
    whole = _match(panel, fact, value_sets)
    if whole is None or whole.contradicted or _means_another(concept, value_sets):
        return None
    texts = (*named.texts, *concept.texts)
    return _Match(Concept(concept.codings, texts), text.normalised(" ".join(texts)))


def _like(concept: Concept, fact: Measurement, value_sets: Mapping[str, ValueSet]) -> str:
    """Return what tells comparable values: the code that names the fact, or failing that text."""
    sets = [value_sets[name] for name in (*fact.codes, *fact.codes_with_unit)]
    known = sorted(
        coding.code for coding in concept.codings if any(coding in each for each in sets)
    )
    return "|".join(known) or text.normalised(concept.label or "")


def _means_another(concept: Concept, value_sets: Mapping[str, ValueSet]) -> bool:
    # Text speaks only where no code does: a code that some value set knows is another quantity.
    return any(value_set.holds_any(concept) for value_set in value_sets.values())


def _display_contradicts(concept: Concept, fact: Measurement) -> bool:
    # A code whose display names another quantity, beside a text that names the fact.
    displays = [each.display for each in concept.codings if each.display]
    return any(
        says_sign(each, fact.other_quantities) and not text.says(each, fact.words.any_of)
        for each in displays
    )


def _text_contradicts(concept: Concept, fact: Measurement) -> bool:
    # A right code with a display that names something else: 10230-1 shown as "RVEF".
    others = (*fact.words.none_of, *fact.other_quantities)
    return any(
        says_sign(each, others) and not text.says(each, fact.words.any_of) for each in concept.texts
    )


def _reading(  # noqa: PLR0913  what is known of one value by then
    observation: Resource,
    part: Resource,
    match: _Match,
    fact: Measurement,
    on: DateSpan | None,
    *,
    fault: str | None,
) -> Reading:
    like = match.like
    names = match.concept.texts
    value = value_of(part, fact.words.any_of)
    shown, interval, unit = value.shown, value.interval, value.units
    none = bool(fact.zero_words) and _says_none(part, fact.zero_words)
    if interval is None and none:
        interval, unit = Interval.exact(Decimal(0)), (fact.unit,)
    elif interval is not None and none:
        # A number beside words for none at all: anything from none to that number.
        interval = Interval(
            min(Decimal(0), interval.low), interval.high, high_open=interval.high_open
        )

    def unusable(why: Why, detail: str | None = None) -> Reading:
        return Reading(reference_of(observation), on, shown, (), why, detail, like, names)

    if fault is not None:
        return unusable(Why.BROKEN, fault)
    if match.contradicted:
        return unusable(Why.CODES_DISAGREE)
    if interval is None:
        return unusable(Why.NO_VALUE, value.absent)
    in_unit = converted(interval, unit, fact)
    if isinstance(in_unit, Refusal):
        return unusable(in_unit.why, in_unit.detail)
    low, high = fact.plausible
    # Without a unit a small value may be one of either unit: only what no unit allows goes.
    least = low if unit or fact.unit_may_be_absent else Decimal(0)
    possible = tuple(each for each in in_unit if each.within(least, high))
    if not possible:
        return unusable(Why.IMPOSSIBLE_VALUE)
    clipped = tuple(_limited(each, match.limit, fact) for each in possible)
    converted_too = _in_unit(interval, possible, fact)
    shown = f"{shown} ({converted_too})" if converted_too else shown
    return Reading(reference_of(observation), on, shown, clipped, like=like, names=names)


def _says_none(part: Resource, phrases: tuple[str, ...]) -> bool:
    texts = list(read_concept(part.get("valueCodeableConcept")).texts)
    if isinstance(part.get("valueString"), str):
        texts.append(part["valueString"])
    return any(text.says(each, phrases) for each in texts)


def _in_unit(written: Interval, possible: tuple[Interval, ...], fact: Measurement) -> str | None:
    """Return the value in the fact's unit where it was written in another."""
    if len(possible) != 1 or possible[0] == written or not possible[0].is_exact:
        return None
    return f"{plain(possible[0].low)} {fact.unit.replace('mm[Hg]', 'mmHg')}"


def _limited(interval: Interval, limit: str | None, fact: Measurement) -> Interval:
    low, high = fact.plausible
    if limit == "lower":
        return Interval(interval.low, high)
    if limit == "upper":
        return Interval(low, interval.high)
    return interval.clipped(low, high)
