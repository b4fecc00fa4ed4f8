"""The value of an Observation or of a part of it: as shown, as an interval, in which unit."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from cards.facts import Measurement
from cards.record.chart import Resource
from cards.values.coding import Concept, read_concept
from cards.values.interval import Interval
from cards.values.text import normalised
from cards.verdict import Why

_NUMBER = r"-?(?:[1-9]\d{0,2}(?:,\d{3}){1,2}|\d{1,7}(?:\.\d{1,9})?)"
_TO = r"(?:-|\u2013|to)"
_RAISED = "\u2070\u00b9\u00b2\u00b3\u2074-\u2079"
_POWER = rf"[*^(EeXx{_RAISED}]"
_WRITTEN_VALUE = re.compile(
    rf"(?P<comparator><=|>=|<|>|\u2264|\u2265)?\s*(?P<low>{_NUMBER})"
    rf"(?:\s*%?\s*{_TO}\s*(?P<high>{_NUMBER}))?\s*(?P<unit>(?:10{_POWER}|1000/|[^\d\s(\[]).*?)?"
    rf"(?:\s*[(\[]\s*{_NUMBER}\s*{_TO}\s*{_NUMBER}\s*[)\]])?"  # the normal or possible range
)
_LABELLED = re.compile(
    r"(?P<label>[A-Za-z][^:=<>\u2264\u2265\d]*?)\s*[:=]?\s*(?P<value>[-<>\u2264\u2265\d].*)"
)
_LABELS = ("score", "total score", "result", "value")
# Beyond this many digits a number is no measurement, and arithmetic on it is a burden.
_MOST_DIGITS = 12
# A longer text is a narrative.
_LONGEST_WRITTEN = 100
_COMPARATORS = {"\u2264": "<=", "\u2265": ">="}


@dataclass(frozen=True, slots=True)
class Value:
    """A value as recorded; *interval* is in its own unit, None where there is no number.

    *units* are the spellings of the unit, the code before the text; *absent* says why there is no
    value, where the resource says so.
    """

    shown: str | None = None
    interval: Interval | None = None
    units: tuple[str, ...] = ()
    absent: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a unit cannot be used, and which."""

    why: Why
    detail: str


def converted(
    interval: Interval, unit: tuple[str, ...], fact: Measurement
) -> tuple[Interval, ...] | Refusal:
    """Return the possible values in the fact's unit, or why there are none.

    A value without unit gives one reading for each accepted factor: the caller decides only
    where all fall on one side.
    """
    factors = {spelling(spelled): factor for spelled, factor in fact.units.items()}
    if not unit:
        distinct = (Decimal(1),) if fact.unit_may_be_absent else tuple(set(factors.values()))
        return tuple(interval.scaled(factor) for factor in sorted(distinct))
    for spelled in unit:
        if any(refused in spelled for refused in fact.refused_units):
            return Refusal(Why.UNIT_NOT_ACCEPTED, spelled)
    read = [_factor(spelled, factors) for spelled in unit]
    known = {factor for factor in read if factor is not None}
    if read[0] is None:
        return Refusal(Why.UNIT_NOT_ACCEPTED, unit[0])
    if len(known) > 1:
        return Refusal(Why.UNITS_DISAGREE, " and ".join(unit))
    return (interval.scaled(known.pop()),)


def value_of(part: Resource, names: tuple[str, ...] = ()) -> Value:
    """Return the value of an Observation or component; empty where it holds no number.

    A text may repeat what is measured, by one of *names*, before its value.
    """
    quantity = part.get("valueQuantity")
    if isinstance(quantity, dict):
        return _quantity(quantity)
    if isinstance(part.get("valueInteger"), int) and not isinstance(part["valueInteger"], bool):
        number = Decimal(part["valueInteger"])
        return Value(plain(number), Interval.exact(number))
    if isinstance(part.get("valueRange"), dict):
        return _range(part["valueRange"])
    if isinstance(part.get("valueString"), str):
        return _written(part["valueString"], names)
    named = read_concept(part.get("valueCodeableConcept"))
    if named.texts:
        return _named(named, names)
    return Value(absent=read_concept(part.get("dataAbsentReason")).label)


def _named(concept: Concept, names: tuple[str, ...]) -> Value:
    """Read a number that stands as the name of a coded value; names that differ are none."""
    written = [_written(each, names) for each in concept.texts]
    numbers = [each for each in written if each.interval is not None]
    alike = len({(each.interval, each.units) for each in numbers}) == 1
    return numbers[0] if alike else Value(concept.label)


def _quantity(quantity: Mapping[str, Any]) -> Value:
    units = _units(quantity)
    number = _decimal(quantity.get("value"))
    comparator = quantity.get("comparator")
    if number is None:
        return Value(units=units)
    if comparator is None:
        shown = f"{plain(number)} {_unit_shown(quantity)}".strip()
        return Value(shown, Interval.exact(number), units)
    shown = f"{comparator} {quantity.get('value')} {_unit_shown(quantity)}".strip()
    compared = Interval.compared(comparator, number) if isinstance(comparator, str) else None
    return Value(shown, compared, units)


def _range(value: Mapping[str, Any]) -> Value:
    low, high = _mapping(value.get("low")), _mapping(value.get("high"))
    first, last = _decimal(low.get("value")), _decimal(high.get("value"))
    units = tuple(dict.fromkeys((*_units(low), *_units(high))))
    if first is None and last is None:
        return Value(units=units)
    bottom = first if first is not None else Decimal("-Infinity")
    top = last if last is not None else Decimal("Infinity")
    if bottom > top:
        return Value(units=units)
    ends = "-".join(plain(end) for end in (first, last) if end is not None)
    return Value(f"{ends} {_unit_shown(high or low)}".strip(), Interval(bottom, top), units)


def _mapping(element: Any) -> Mapping[str, Any]:
    return element if isinstance(element, dict) else {}


def _written(value: str, names: tuple[str, ...]) -> Value:
    """Read a value that was typed as text: `55 %`, `>= 55 %`, `50-55%`; little looser."""
    shown = value.strip()[:80]
    if len(value) > _LONGEST_WRITTEN:
        return Value(shown)
    parts = _WRITTEN_VALUE.fullmatch(_without_label(value.strip(), names))
    if parts is None:
        return Value(shown)
    unit = (parts["unit"].strip(),) if parts["unit"] else ()
    low = _typed(parts["low"])
    if parts["high"] is not None:
        high = _typed(parts["high"])
        bounded = not parts["comparator"] and high >= low
        return Value(shown, Interval(low, high) if bounded else None, unit)
    comparator = _COMPARATORS.get(parts["comparator"], parts["comparator"])
    return Value(shown, Interval.compared(comparator, low), unit)


def _without_label(value: str, names: tuple[str, ...]) -> str:
    found = _LABELLED.fullmatch(value)
    if found is None:
        return value
    known = {normalised(each) for each in (*names, *_LABELS)}
    return found["value"] if normalised(found["label"]) in known else value


def _typed(number: str) -> Decimal:
    """Return a number as people type it here: 45,000 with a comma between thousands."""
    return Decimal(number.replace(",", ""))


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


def plain(number: Decimal) -> str:
    """Return a number without exponent and without zeros at its end."""
    return f"{number.normalize():f}"


# By their case these are units of something else in UCUM: grams, not giga; mega, not milli.
_OTHER_MEASURES = frozenset({"g/L", "Mm"})


def _factor(spelled: str, factors: Mapping[str, Decimal]) -> Decimal | None:
    """Return the factor of a unit; another case is forgiven only where it leaves no choice."""
    exact = factors.get(spelling(spelled))
    if exact is not None or spelling(spelled) in _OTHER_MEASURES:
        return exact
    folded = spelling(spelled).lower()
    alike = {factor for known, factor in factors.items() if known.lower() == folded}
    return alike.pop() if len(alike) == 1 else None


def unit_of(part: Resource) -> str:
    """Return the unit of a quantity as units are compared; empty for none."""
    quantity = part.get("valueQuantity")
    if not isinstance(quantity, dict):
        return ""
    written = quantity.get("code") or quantity.get("unit")
    return spelling(written) if isinstance(written, str) else ""


@lru_cache(maxsize=1024)
def spelling(unit: str) -> str:
    """Return a unit as units are compared: one spelling for all that print the same thing."""
    # UCUM is case-sensitive (mm and Mm differ), so case stays; spaces do not count.
    close = re.sub(r"\s+", "", unit).translate(_AS_TYPED)
    return _PRINTED_POWER.sub(lambda found: f"{found[1] or ''}{_typed_power(found)}", close)


# Either micro sign, and the sign of multiplication, as those type them who have only letters.
_AS_TYPED = str.maketrans({"\u00b5": "u", "\u03bc": "u", "\u00d7": "x"})
_PRINTED_POWER = re.compile(rf"((?<!\d)10)?([{_RAISED}]+)")


def _typed_power(found: re.Match[str]) -> str:
    digits = unicodedata.normalize("NFKC", found[2])
    return f"^{digits}" if found[1] else digits


def spellings(units: tuple[str, ...]) -> frozenset[str]:
    """Return units as they are compared."""
    return frozenset(spelling(unit) for unit in units)
