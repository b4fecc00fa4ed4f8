"""Observations as readings: which are about a fact, their value in the fact's unit, their date."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from cards import text
from cards.chart import Chart, Resource, reference_of
from cards.coding import Concept, ValueSet, read_code, read_concept
from cards.dates import DateSpan, add_months, read_date
from cards.facts import Measurement, Words
from cards.interval import Interval
from cards.model import fault_in
from cards.verdict import Evidence, Why

FINAL = frozenset({"final", "amended", "corrected"})
VOID = frozenset({"entered-in-error", "cancelled"})

_NUMBER = r"-?\d{1,7}(?:\.\d{1,9})?"
_WRITTEN_VALUE = re.compile(
    rf"(?P<comparator><=|>=|<|>|\u2264|\u2265)?\s*(?P<low>{_NUMBER})"
    rf"(?:\s*%?\s*(?:-|\u2013|to)\s*(?P<high>{_NUMBER}))?\s*(?P<unit>[^\d\s].*)?"
)
# Beyond this many digits a number is no measurement, and arithmetic on it is a burden.
_MOST_DIGITS = 12
_COMPARATORS = {"\u2264": "<=", "\u2265": ">="}


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
    ends = (period.get("end"), period.get("start")) if isinstance(period, Mapping) else ()
    for written in (
        resource.get("effectiveDateTime"),
        resource.get("effectiveInstant"),
        *ends,
        resource.get("issued"),
    ):
        if written is not None:
            return read_date(written)
    return None


def matches_words(concept: Concept, words: Words) -> bool:
    """Whether the texts of a concept name the fact and not what resembles it."""
    texts = concept.texts
    if not words.any_of or not any(text.says(each, words.any_of) for each in texts):
        return False
    if words.and_any_of and not any(_says_sign(each, words.and_any_of) for each in texts):
        return False
    return not any(_says_sign(each, words.none_of) for each in texts)


def _says_sign(each: str, phrases: tuple[str, ...]) -> bool:
    # "%" and "1.73" stick to numbers and words, so they are looked for as characters.
    signs = tuple(phrase for phrase in phrases if not phrase[0].isalpha())
    plain = text.normalised(each)
    # "measured/predicted" is one word to the reader of text, and names both.
    apart = plain.replace("/", " ")
    return (
        text.says(each, phrases)
        or text.says(apart, phrases)
        or any(sign in plain for sign in signs)
    )


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
    for observation in chart.all("Observation"):
        for part, match in _parts_about(observation, fact, value_sets):
            if read_code(observation.get("status")) not in FINAL:
                continue
            on = when(observation)
            if on is not None and on.first > as_of:
                continue
            reading = _reading(observation, part, match, fact, on)
            if not (fact.leading_number and reading.why is Why.NO_VALUE):
                found.append(reading)
    return found


def near_misses(
    fact: Measurement, chart: Chart, value_sets: Mapping[str, ValueSet], as_of: date
) -> list[Reading]:
    """Return what looks like the measurement and is not: not final, or another quantity."""
    neighbours = (*fact.codes_with_unit, *fact.lookalike_codes)
    found = []
    for observation in chart.all("Observation"):
        if read_code(observation.get("status")) in VOID:
            continue
        on = when(observation)
        if on is not None and on.first > as_of:
            continue
        shown = _value(observation)[0]
        reference = reference_of(observation)
        if any(_parts_about(observation, fact, value_sets)):
            found.append(Reading(reference, on, shown, why=Why.NOT_FINAL))
        elif any(
            value_sets[name].holds_any(read_concept(observation.get("code"))) for name in neighbours
        ):
            found.append(Reading(reference, on, shown, why=Why.ANOTHER_QUANTITY))
    return found


def _parts_about(
    observation: Resource, fact: Measurement, value_sets: Mapping[str, ValueSet]
) -> Iterator[tuple[Resource, _Match]]:
    components = observation.get("component")
    listed = components if isinstance(components, list) else []
    for part in (observation, *listed):
        if part is observation and listed and not any(name.startswith("value") for name in part):
            continue  # a panel: its components hold the values
        if isinstance(part, Mapping):
            match = _match(part, fact, value_sets)
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
            value_sets[name].holds_any(concept) and _unit_of(part) in _spellings(units)
            for name, units in fact.codes_with_unit.items()
        )
    if coded:
        lookalike = any(value_sets[name].holds_any(concept) for name in fact.lookalike_codes)
        return _Match(concept, like, contradicted=lookalike or _text_contradicts(concept, fact))
    general = {name for name in value_sets if name not in fact.codes_with_words}
    if matches_words(concept, fact.words) and not _means_another(
        concept, {name: value_sets[name] for name in general}
    ):
        return _Match(concept, like)
    return None


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


def _text_contradicts(concept: Concept, fact: Measurement) -> bool:
    # A right code with a display that names something else: 10230-1 shown as "RVEF".
    return any(
        _says_sign(each, fact.words.none_of) and not text.says(each, fact.words.any_of)
        for each in concept.texts
    )


def _unit_of(part: Resource) -> str:
    quantity = part.get("valueQuantity")
    if not isinstance(quantity, Mapping):
        return ""
    written = quantity.get("code") or quantity.get("unit")
    return _spelling(written) if isinstance(written, str) else ""


def _spelling(unit: str) -> str:
    # UCUM is case-sensitive (mm and Mm differ), so case stays; spaces do not count.
    return re.sub(r"\s+", "", unit)


def _spellings(units: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_spelling(unit) for unit in units)


def _reading(
    observation: Resource, part: Resource, match: _Match, fact: Measurement, on: DateSpan | None
) -> Reading:
    like = match.like
    names = match.concept.texts
    shown, interval, unit, absent = _value(part)
    if interval is None and fact.zero_words and _says_none(part, fact.zero_words):
        interval, unit = Interval.exact(Decimal(0)), (fact.unit,)
        shown = shown or read_concept(part.get("valueCodeableConcept")).label
    if fact.leading_number and isinstance(part.get("valueString"), str):
        interval, unit = _leading(part["valueString"]), (fact.unit,)

    def unusable(why: Why, detail: str | None = None) -> Reading:
        return Reading(reference_of(observation), on, shown, (), why, detail, like, names)

    fault = fault_in(observation)
    if fault is not None:
        return unusable(Why.BROKEN, fault)
    if match.contradicted:
        return unusable(Why.CODES_DISAGREE)
    if interval is None:
        return unusable(Why.NO_VALUE, absent)
    converted = _convert(interval, unit, fact)
    if isinstance(converted, _Refusal):
        return unusable(converted.why, converted.detail)
    low, high = fact.plausible
    # Without a unit a small value may be one of either unit: only what no unit allows goes.
    least = low if unit or fact.unit_may_be_absent else Decimal(0)
    possible = tuple(each for each in converted if each.within(least, high))
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


_KARYOTYPE = re.compile(r"\s*(?P<low>\d{2})(?:\s*[~\-]\s*(?P<high>\d{2}))?\s*[,<\[]")


def _leading(written: str) -> Interval | None:
    found = _KARYOTYPE.match(written)
    if found is None:
        return None
    low = Decimal(found["low"])
    return Interval(low, max(low, Decimal(found["high"] or found["low"])))


def _in_unit(written: Interval, possible: tuple[Interval, ...], fact: Measurement) -> str | None:
    """Return the value in the fact's unit where it was written in another."""
    if len(possible) != 1 or possible[0] == written or not possible[0].is_exact:
        return None
    return f"{_plain(possible[0].low)} {fact.unit.replace('mm[Hg]', 'mmHg')}"


def _factor(spelled: str, factors: Mapping[str, Decimal]) -> Decimal | None:
    """Return the factor of a unit; another case is forgiven only where it leaves no choice."""
    exact = factors.get(_spelling(spelled))
    if exact is not None:
        return exact
    folded = _spelling(spelled).lower()
    alike = {factor for known, factor in factors.items() if known.lower() == folded}
    return alike.pop() if len(alike) == 1 else None


def _limited(interval: Interval, limit: str | None, fact: Measurement) -> Interval:
    low, high = fact.plausible
    if limit == "lower":
        return Interval(interval.low, high)
    if limit == "upper":
        return Interval(low, interval.high)
    return interval.clipped(low, high)


@dataclass(frozen=True, slots=True)
class _Refusal:
    why: Why
    detail: str


def _convert(
    interval: Interval, unit: tuple[str, ...], fact: Measurement
) -> tuple[Interval, ...] | _Refusal:
    """Return the possible values in the fact's unit, or why there are none.

    A value without unit gives one reading for each accepted factor: the caller decides only
    where all fall on one side.
    """
    factors = {_spelling(spelled): factor for spelled, factor in fact.units.items()}
    if not unit:
        distinct = (Decimal(1),) if fact.unit_may_be_absent else tuple(set(factors.values()))
        return tuple(interval.scaled(factor) for factor in sorted(distinct))
    for spelled in unit:
        if any(refused in spelled for refused in fact.refused_units):
            return _Refusal(Why.UNIT_NOT_ACCEPTED, spelled)
    read = [_factor(spelled, factors) for spelled in unit]
    known = {factor for factor in read if factor is not None}
    if read[0] is None:
        return _Refusal(Why.UNIT_NOT_ACCEPTED, unit[0])
    if len(known) > 1:
        return _Refusal(Why.UNITS_DISAGREE, " and ".join(unit))
    return (interval.scaled(known.pop()),)


def _value(part: Resource) -> tuple[str | None, Interval | None, tuple[str, ...], str | None]:
    """Return the value as shown, as an interval in its own unit, and its unit's spellings.

    The last item says why a value is absent, where the resource says so. The unit's code comes
    before its text.
    """
    quantity = part.get("valueQuantity")
    if isinstance(quantity, Mapping):
        units = _units(quantity)
        number = _decimal(quantity.get("value"))
        comparator = quantity.get("comparator")
        if number is None:
            return None, None, units, None
        interval = Interval.compared(comparator, number) if _is_text(comparator) else None
        shown = " ".join(
            str(each) for each in (comparator, quantity.get("value"), _unit_shown(quantity)) if each
        )
        if comparator is None:
            shown = f"{_plain(number)} {_unit_shown(quantity)}".strip()
        return shown, interval, units, None
    if isinstance(part.get("valueInteger"), int) and not isinstance(part["valueInteger"], bool):
        number = Decimal(part["valueInteger"])
        return _plain(number), Interval.exact(number), (), None
    if isinstance(part.get("valueRange"), Mapping):
        return _range(part["valueRange"])
    if isinstance(part.get("valueString"), str):
        return _written(part["valueString"])
    reason = read_concept(part.get("dataAbsentReason"))
    return None, None, (), reason.label


def _is_text(comparator: Any) -> bool:
    return comparator is None or isinstance(comparator, str)


def _range(value: Mapping[str, Any]) -> tuple[str | None, Interval | None, tuple[str, ...], None]:
    low, high = _mapping(value.get("low")), _mapping(value.get("high"))
    first, last = _decimal(low.get("value")), _decimal(high.get("value"))
    units = tuple(dict.fromkeys((*_units(low), *_units(high))))
    if first is None and last is None:
        return None, None, units, None
    bottom = first if first is not None else Decimal("-Infinity")
    top = last if last is not None else Decimal("Infinity")
    if bottom > top:
        return None, None, units, None
    ends = "-".join(_plain(end) for end in (first, last) if end is not None)
    return f"{ends} {_unit_shown(high or low)}".strip(), Interval(bottom, top), units, None


def _mapping(element: Any) -> Mapping[str, Any]:
    return element if isinstance(element, Mapping) else {}


def _written(
    value: str,
) -> tuple[str | None, Interval | None, tuple[str, ...], str | None]:
    """Read a value that was typed as text: `55 %`, `>= 55 %`, `50-55%`; nothing looser."""
    shown = value.strip()[:80]
    parts = _WRITTEN_VALUE.fullmatch(value.strip())
    if parts is None:
        return shown, None, (), None
    unit = (parts["unit"].strip(),) if parts["unit"] else ()
    low = Decimal(parts["low"])
    if parts["high"] is not None:
        high = Decimal(parts["high"])
        if parts["comparator"] or high < low:
            return shown, None, unit, None
        return shown, Interval(low, high), unit, None
    comparator = _COMPARATORS.get(parts["comparator"], parts["comparator"])
    return shown, Interval.compared(comparator, low), unit, None


def _units(quantity: Mapping[str, Any]) -> tuple[str, ...]:
    spelled = (quantity.get("code"), quantity.get("unit"))
    filled = (each.strip() for each in spelled if isinstance(each, str) and each.strip())
    return tuple(dict.fromkeys(filled))


def _unit_shown(quantity: Mapping[str, Any]) -> str:
    unit = quantity.get("unit") or quantity.get("code")
    shown = unit.strip()[:40] if isinstance(unit, str) else ""
    bare = shown.strip("{}")
    return "" if bare in {"score", "1", "point", "points"} else shown.replace("mm[Hg]", "mmHg")


def _decimal(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS else None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
