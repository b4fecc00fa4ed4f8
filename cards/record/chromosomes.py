"""The numbers of chromosomes that a study counted: in a karyotype, a sentence, or as a number."""

import re
from collections.abc import Iterator
from decimal import Decimal

from cards.record.chart import Resource
from cards.record.quantity import spelling, value_of
from cards.values.interval import Interval

_NUMBER = r"(?P<low>\d{2,3})(?:\s*(?:[~\-\u2013]|to)\s*(?P<high>\d{2,3}))?"
# "46[20]", "54<2n>", or a number and nothing else.
_LEADING = re.compile(rf"\s*{_NUMBER}\s*(?:[,<\[]|$)")
# "46,XX", "47,idem" in every clone, and in words.
_WITHIN = re.compile(
    r"(?:(?P<bound>[<>]=?|[\u2264\u2265]|\b(?:(?:fewer|less|more) than|under|below|over|above"
    rf"|up to|at least))\s*)?(?<![\w.])"
    rf"{_NUMBER}(?:\s*,\s*(?:[xy]+\b|idem|sd?l\b)|\s*chromosomes\b)",
    re.IGNORECASE,
)
_COMPARATORS = {
    "fewer than": "<", "less than": "<", "under": "<", "below": "<", "up to": "<=", "\u2264": "<=",
    "more than": ">", "over": ">", "above": ">", "at least": ">=", "\u2265": ">=",
}  # fmt: skip
_UNITS = frozenset({"{#}", "#", "1", "{chromosomes}", "chromosomes"})
# Fewer than a single set, or more than five: the number counts something else.
_LEAST, _MOST = Decimal(23), Decimal(115)


def counts_in(written: str) -> list[Interval]:
    """Return the numbers of chromosomes that a text tells: one for each clone, or none."""
    found = list(_WITHIN.finditer(written))
    leading = _LEADING.match(written)
    if not found and leading is not None:
        found = [leading]
    return [each for each in map(_interval, found) if _is_possible(each)]


def counts_of(part: Resource) -> Iterator[Interval]:
    """Yield the number of chromosomes that an Observation or component gives as a number."""
    if "valueString" in part or "valueCodeableConcept" in part:
        return
    value = value_of(part)
    counted = all(spelling(unit) in _UNITS for unit in value.units)
    if value.interval is not None and counted and _is_possible(value.interval):
        yield value.interval


def _interval(found: re.Match[str]) -> Interval:
    low = Decimal(found["low"])
    bound = " ".join((found.groupdict().get("bound") or "").lower().split())
    compared = Interval.compared(_COMPARATORS.get(bound, bound), low) if bound else None
    return compared or Interval(low, max(low, Decimal(found["high"] or low)))


def _is_possible(count: Interval) -> bool:
    return count.within(_LEAST, _MOST)
