"""Whose policy applies: the patient's coverages in force, their payers and product lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from cards.clinical import Clinical
from cards.clinical.payer_names import names_somebody
from cards.clinical.payers import (
    MEDICARE_ADVANTAGE_TYPES,
    PRODUCT_LINES,
    SELF_PAY,
    SOPT,
)
from cards.record.chart import (
    NOT_THERE,
    UNFOLLOWABLE,
    Chart,
    Resource,
    listed,
    reference_of,
)
from cards.values.coding import read_code, read_concept
from cards.values.dates import read_date
from cards.values.kleene import Truth, all_of
from cards.values.text import says
from cards.verdict import Evidence, Why


@dataclass(frozen=True, slots=True)
class Cover:
    """One coverage in force: its payer, if we know it, and the product lines it belongs to.

    *payer* is the id of a known payer; *other* holds for a payer that is named and not ours.
    """

    evidence: Evidence
    payer: str | None
    other: bool
    lines: frozenset[str]


@dataclass(frozen=True, slots=True)
class Membership:
    """Every coverage in force, in the coverages' order; *why* where there is none to go by."""

    covers: tuple[Cover, ...]
    why: Why | None = None
    detail: str | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def payer_known(self) -> bool:
        """Whether some payer is known, be it one of ours or another, and no other may be ours."""
        return self.why is not Why.COULD_NOT_LOOK and any(
            cover.payer is not None or cover.other for cover in self.covers
        )


def membership(chart: Chart, clinical: Clinical, as_of: date) -> Membership:
    """Return the patient's coverages in force on *as_of*, primary first.

    In force: status active, and the period contains the day. A period known only in part that
    leaves it open does not count as in force.
    """
    listed = sorted(chart.all("Coverage"), key=_rank)
    passed_over: list[Evidence] = []
    covers: list[Cover] = []
    why: Why | None = None
    detail: str | None = None
    for coverage in listed:
        evidence = Evidence(reference_of(coverage), _shown_standing(coverage))
        if _in_force(coverage, as_of) is not True:
            passed_over.append(evidence)
            continue
        fault = chart.fault_in(coverage)
        if fault is not None and not fault.startswith("type"):
            why, detail = Why.BROKEN, fault
            passed_over.append(evidence)
            continue
        if not _is_self_pay(coverage):
            covers += _covers(coverage, chart, clinical)
    standing = [each for each in listed if _in_force(each, as_of) is not False]
    reason = chart.why_unavailable("Coverage") or _unread_payor(standing, chart)
    ours = any(cover.payer is not None for cover in covers)
    if ours or (reason is None and any(cover.other for cover in covers)):
        return Membership(tuple(covers))
    if reason is not None:
        return Membership(tuple(covers), Why.COULD_NOT_LOOK, reason, tuple(passed_over))
    if covers:
        named = tuple(cover.evidence for cover in covers)
        return Membership(tuple(covers), Why.NOT_RECOGNISED, None, named)
    silent = Why.NOT_IN_FORCE if passed_over else Why.SILENT
    return Membership((), why or silent, detail, tuple(passed_over))


def _rank(coverage: Resource) -> int:
    order = coverage.get("order")
    return order if isinstance(order, int) and not isinstance(order, bool) else 1_000_000


def _in_force(coverage: Resource, as_of: date) -> Truth:
    if coverage.get("status") != "active":
        return False
    period = coverage.get("period")
    if not isinstance(period, dict):
        return True
    truths: list[Truth] = []
    if period.get("start") is not None:
        start = read_date(period["start"])
        truths.append(None if start is None else start.on_or_before(as_of))
    if period.get("end") is not None:
        # An end of "2026" takes in the whole of that year.
        end = read_date(period["end"])
        truths.append(None if end is None else end.last >= as_of)
    return all_of(truths)


def _shown_standing(coverage: Resource) -> str:
    status = read_code(coverage.get("status"))
    shown = status if status in {"active", "cancelled", "draft", "entered-in-error"} else "status ?"
    period = coverage.get("period")
    if not isinstance(period, dict):
        return shown
    start, end = read_date(period.get("start")), read_date(period.get("end"))
    return f"{shown}, {start.written if start else '?'} to {end.written if end else 'today'}"


def _covers(coverage: Resource, chart: Chart, clinical: Clinical) -> list[Cover]:
    """Return one cover for each of our payers that a coverage names; one, where it names none."""
    payors = listed(coverage.get("payor"))
    texts, identifiers = _payors_say(payors, coverage, chart)
    lines = frozenset(_lines(coverage, texts))
    by_payer: dict[str, str | None] = {}
    for payor in payors:
        said, numbers = _payors_say([payor], coverage, chart)
        payer = _payer_of(said, numbers, clinical)
        if payer is not None:
            by_payer.setdefault(payer, said[0] if said else None)
    if not by_payer:
        # A name may be spread over the elements.
        payer = _payer_of(texts, identifiers, clinical)
        named = any(names_somebody(each) for each in texts)
        shown = Evidence(reference_of(coverage), texts[0] if texts else None)
        return [Cover(shown, payer, other=payer is None and named, lines=lines)]
    return [
        Cover(Evidence(reference_of(coverage), shown), payer, other=False, lines=lines)
        for payer, shown in by_payer.items()
    ]


def _payer_of(
    texts: list[str], identifiers: list[Mapping[str, Any]], clinical: Clinical
) -> str | None:
    for each in clinical.payers.values():
        if each.is_identified_by(identifiers) or each.is_named_in(texts):
            return each.id
    return None


def _payors_say(
    payors: list[Any], coverage: Resource, chart: Chart
) -> tuple[list[str], list[Mapping[str, Any]]]:
    texts: list[Any] = []
    identifiers: list[Any] = []
    for payor in payors:
        if not isinstance(payor, dict):
            continue
        texts.append(payor.get("display"))
        identifiers.append(payor.get("identifier"))
        organization = chart.resolve(payor, coverage)
        if organization is not None and organization.get("resourceType") == "Organization":
            texts += [organization.get("name"), *listed(organization.get("alias"))]
            identifiers += listed(organization.get("identifier"))
    return (
        [each.strip() for each in texts if isinstance(each, str) and each.strip()],
        [each for each in identifiers if isinstance(each, dict)],
    )


def _lines(coverage: Resource, payor_texts: list[str]) -> Iterator[str]:
    kind = read_concept(coverage.get("type"))
    texts = [*payor_texts, *kind.texts]
    for entry in listed(coverage.get("class")):
        if isinstance(entry, dict):
            texts += [
                each for each in (entry.get("name"), entry.get("value")) if isinstance(each, str)
            ]
    if any(
        coding.system.rstrip("/").lower() == SOPT and coding.code in MEDICARE_ADVANTAGE_TYPES
        for coding in kind.codings
    ):
        yield "medicare-advantage"
        return
    advantage = any(says(each, PRODUCT_LINES["medicare-advantage"]) for each in texts)
    for line, phrases in PRODUCT_LINES.items():
        if line == "original-medicare" and advantage:
            continue
        if any(says(each, phrases) for each in texts):
            yield line


def _is_self_pay(coverage: Resource) -> bool:
    """Whether the patient pays: no insurer, so neither ours nor another."""
    kind = read_concept(coverage.get("type"))
    coded = any(c.system.rstrip("/").lower() == SOPT and c.code == SELF_PAY for c in kind.codings)
    return coded or any(says(each, ("self pay", "selfpay")) for each in kind.texts)


def _unread_payor(coverages: list[Resource], chart: Chart) -> str | None:
    for coverage in coverages:
        for payor in listed(coverage.get("payor")):
            why = chart.why_missing(payor, coverage)
            # Whoever looks again finds no more than the name.
            if why is not None and not (why in (NOT_THERE, UNFOLLOWABLE) and _is_named(payor)):
                return why
    return None


def _is_named(payor: Any) -> bool:
    """Whether the reference itself says who pays, in words that one payer alone goes by."""
    shown = payor.get("display") if isinstance(payor, dict) else None
    return isinstance(shown, str) and names_somebody(shown)
