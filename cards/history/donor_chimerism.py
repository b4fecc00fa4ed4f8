"""Results on the share of donor cells: as numbers of either share, in words, and in reports."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cards.facts import FindingFact, Measurement
from cards.record.answers import Says
from cards.record.assertions import assertions_of
from cards.record.chart import Resource, reference_of
from cards.record.observations import FINAL, is_old, readings_of, when
from cards.values.coding import Concept, read_code, read_concept
from cards.values.dates import DateSpan
from cards.values.interval import Interval
from cards.values.kleene import Truth, agreed
from cards.values.text import normalised, says, words
from cards.verdict import Evidence, Why
from cards.view import View

WHOLE = Decimal(100)
# Cells that laboratories examine apart; a result that names none is about all cells.
_SUBSETS = frozenset(
    {
        "cd2", "cd3", "cd4", "cd8", "cd14", "cd15", "cd19", "cd33", "cd34", "cd56", "cd66", "cd71",
        "t", "b", "nk", "myeloid", "granulocyte", "granulocytes", "neutrophils", "lymphoid",
        "lymphocyte", "lymphocytes", "monocyte", "monocytes",
    }
)  # fmt: skip
_POSITIVE = re.compile(r"(?<=\d)(?:\+|pos|positive)$")
_NUMBER = r"(?P<comparator><=|>=|<|>|\u2264|\u2265)?\s*(?P<number>\d{1,3}(?:\.\d{1,4})?)\s*%"
_WHOSE = r"(?P<whose>donor|recipient|host)\b"
_SHARES = (
    re.compile(rf"{_NUMBER}\s*(?:of\s+)?{_WHOSE}"),
    re.compile(
        rf"{_WHOSE}(?:\s+(?:cells?|dna|chimerism))?\s*[:=]?\s*{_NUMBER}(?!\s*(?:donor|rec|host))"
    ),
    # "Full donor chimerism (98%)"; in "98% donor (100% before)" the number is another's.
    re.compile(rf"(?<!%)(?<!% ){_WHOSE}(?:\s+(?:cells?|dna|chimerism))?\s*\(\s*{_NUMBER}\s*\)"),
)
_RECIPIENT = ("recipient", "host", "patient")
_ALONE = re.compile(_NUMBER)
# Signs in words, the longer ones first.
_SIGNS = (
    (
        re.compile(r"\b(?:greater|more|higher) than or equal to\b|\bat least\b|\bno less than\b"),
        ">=",
    ),
    (re.compile(r"\bless than or equal to\b|\bat most\b|\bup to\b|\bno more than\b"), "<="),
    (re.compile(r"\b(?:greater|more|higher) than\b|\b(?:over|above)\b"), ">"),
    (re.compile(r"\b(?:less|lower|fewer) than\b|\b(?:under|below)\b"), "<"),
    (re.compile(r"(?<=\d)\s*(?:percent|per cent|pct)\b"), "%"),
)
_COMPARATORS = {"\u2264": "<=", "\u2265": ">="}
# In words: mixed leaves open how much, full is all.
_SAID = {
    Says.PRESENT: Interval(Decimal(0), WHOLE, high_open=True),
    Says.ABSENT: Interval.exact(WHOLE),
}


@dataclass(frozen=True, slots=True)
class Result:
    """One result: the donor share in percent, or the reason why it cannot be used.

    *subset* names the cells examined, empty for all. *shares* holds more than one interval only
    where a missing unit leaves several open.
    """

    evidence: Evidence
    subset: str
    shares: tuple[Interval, ...]
    why: Why | None = None
    detail: str | None = None

    @property
    def on(self) -> DateSpan | None:
        """When the sample was taken."""
        return self.evidence.on

    def below(self, bound: Decimal) -> Truth:
        """Whether the share is below *bound*."""
        return agreed(each.below(bound) for each in self.shares)


def chimerism_results(donor: str, recipient: str, mixed: str, view: View) -> list[Result]:
    """Return every final result up to the as-of date, in no order; *args* are names of facts.

    Of one resource a number beats words, and both beat a value that cannot be read.
    """
    measured = [
        *_measured(view.fact(donor, Measurement), view, of_donor=True),
        *_measured(view.fact(recipient, Measurement), view, of_donor=False),
    ]
    fact = view.fact(mixed, FindingFact)
    kept = [each for each in measured if each.why is None]
    for others in (_written(fact, view), _worded(fact, view), measured):
        told = {each.evidence.reference for each in kept}
        kept += [each for each in others if each.evidence.reference not in told]
    return kept


def latest(results: list[Result]) -> list[Result]:
    """Return the results that no other is surely later than; undated ones among them."""
    days = [each.on for each in results if each.on is not None]
    return [
        each
        for each in results
        if each.on is None or not any(each.on.surely_before(day) for day in days)
    ]


def _measured(fact: Measurement, view: View, *, of_donor: bool) -> Iterator[Result]:
    for reading in readings_of(fact, view.chart, view.clinical.value_sets, view.as_of):
        shares = reading.readings if of_donor else tuple(map(_rest, reading.readings))
        subset = _subset(reading.like, *reading.names, *_names(reading.reference, view))
        evidence = reading.evidence(view.as_of)
        if not of_donor and evidence.value is not None:
            evidence = replace(evidence, value=f"{evidence.value} recipient cells")
        yield Result(evidence, subset, shares, reading.why, reading.detail)


def _rest(share: Interval) -> Interval:
    """Return what remains to 100 percent."""
    return Interval(
        WHOLE - share.high, WHOLE - share.low, low_open=share.high_open, high_open=share.low_open
    )


def _names(reference: str, view: View) -> tuple[str, ...]:
    found = view.chart.resolve(reference)
    return read_concept(found.get("code")).texts if found is not None else ()


def _subset(*names: str) -> str:
    """Return the cells that are named: "CD3+" and "CD3pos" are CD3."""
    named = {_POSITIVE.sub("", each) for name in names for each in words(name)}
    return " ".join(sorted(named & _SUBSETS))


def _worded(fact: FindingFact, view: View) -> Iterator[Result]:
    value_sets = view.clinical.value_sets
    for each in assertions_of(fact, view.chart, value_sets, view.as_of):
        problem = each.reference.startswith("Condition/")
        # A problem that is over tells of no study that found donor cells alone.
        share = None if problem and each.says is Says.ABSENT else _SAID.get(each.says)
        if share is not None:
            subset = _subset(each.shown or "", *_names(each.reference, view))
            yield Result(each.evidence(view.as_of), subset, (share,))


def _written(fact: FindingFact, view: View) -> Iterator[Result]:
    """Yield the shares that stand in the texts of results and reports."""

    def is_study(concept: Concept) -> bool:
        coded = any(view.clinical.value_sets[name].holds_any(concept) for name in fact.study_codes)
        return coded or any(says(each, fact.study_words) for each in concept.texts)

    asker = ("chimerism", fact, view.clinical)
    for resource in (
        *view.chart.about("Observation", asker, is_study),
        *view.chart.about("DiagnosticReport", asker, is_study),
    ):
        concept = read_concept(resource.get("code"))
        if (
            not is_study(concept)
            or read_code(resource.get("status")) not in FINAL
            or view.chart.fault_in(resource)
        ):
            continue
        on = when(resource)
        if on is not None and on.first > view.as_of:
            continue
        for text in _texts(resource):
            evidence = Evidence(
                reference_of(resource), text.strip()[:160], on, is_old(on, view.as_of)
            )
            for share in _shares(text, concept.texts):
                yield Result(evidence, _subset(*concept.texts), (share,))


def _texts(resource: Resource) -> Iterator[str]:
    for element in ("valueString", "conclusion"):
        if isinstance(resource.get(element), str):
            yield resource[element]
    yield from read_concept(resource.get("valueCodeableConcept")).texts
    components: Any = resource.get("component")
    for part in components if isinstance(components, list) else []:
        if isinstance(part, dict) and isinstance(part.get("valueString"), str):
            yield part["valueString"]


def _shares(text: str, names: tuple[str, ...]) -> Iterator[Interval]:
    """Yield the donor shares in a text; a number alone is of the cells that the result names."""
    plain = normalised(text)
    for pattern, sign in _SIGNS:
        plain = pattern.sub(sign, plain)
    alone = _ALONE.fullmatch(plain.strip(" ."))
    if alone is not None and any("donor" in words(name) for name in names):
        yield from _share(alone, of_donor=not any(says(each, _RECIPIENT) for each in names))
    for pattern in _SHARES:
        for found in pattern.finditer(plain):
            yield from _share(found, of_donor=found["whose"] == "donor")


def _share(found: re.Match[str], *, of_donor: bool) -> Iterator[Interval]:
    comparator = _COMPARATORS.get(found["comparator"], found["comparator"])
    share = Interval.compared(comparator, Decimal(found["number"]))
    if share is not None and share.within(Decimal(0), WHOLE):
        bounded = share.clipped(Decimal(0), WHOLE)
        yield bounded if of_donor else _rest(bounded)
