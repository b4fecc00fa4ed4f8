"""What a criterion says, in one sentence of plain text: found, required, or why not."""

import re
from collections.abc import Iterable
from dataclasses import replace

from cards.verdict import Evidence, State, Verdict, Why

# The longest piece of the record's own text that a sentence repeats.
_LONGEST = 120
# How many pieces of evidence a sentence names before it counts the rest.
_MOST = 4

_REASONS = {
    Why.SILENT: "not found in the record",
    Why.NOT_IN_FORCE: "this is not in force",
    Why.NOT_FINAL: "the result is not final",
    Why.ANOTHER_QUANTITY: "this is another quantity",
    Why.ANOTHER_TIME: "this was not taken at the time that counts",
    Why.NO_ONSET: "the day of recording is no onset",
    Why.NO_VALUE: "the record holds no value that can be read",
    Why.NO_UNIT: "the unit is missing, and the possible units disagree",
    Why.UNIT_NOT_ACCEPTED: "the unit is not accepted for this fact",
    Why.UNITS_DISAGREE: "two units are given, and they disagree",
    Why.IMPOSSIBLE_VALUE: "the value is impossible in its unit",
    Why.IMPOSSIBLE_DATE: "the date is impossible",
    Why.UNDECIDED_RANGE: "this leaves open on which side of the limit it lies",
    Why.UNDECIDED_DATE: "the date is too coarse to decide",
    Why.UNDATED: "the result is not dated",
    Why.BROKEN: "the record is not valid FHIR",
    Why.CODES_DISAGREE: "codes and names contradict each other",
    Why.RECORDS_DISAGREE: "the records contradict each other",
    Why.DOUBTFUL: "this is suspected, provisional or unclear",
    Why.TOO_FEW: "no two comparable values within the time",
    Why.NOT_CONFIRMED: "the only diagnosis on record is not confirmed",
    Why.NOT_RECOGNISED: "this is not recognised",
    Why.SEVERAL: "these do not lead to the same answer",
    Why.UNDECIDED_COURSE: "this leaves open how long the treatment lasted",
    Why.NOT_STATED: "the order does not state it",
    Why.GRAFT_UNTOLD: "the type of the graft is not told",
    Why.NO_MORE: "the record says no more than this",
    Why.UNDECIDED_STATE: "this leaves open which state or which remission it is",
    Why.UNREADABLE_REFERENCE: "a record that is referred to could not be read",
    Why.DEPENDS: "this depends on what is still open",
    Why.DEPENDS_ON_UNREAD: "this depends on what could not be read",
    Why.COULD_NOT_LOOK: "could not be looked up",
}


def says(verdict: Verdict, requires: str | None, if_missing: str | None = None) -> str:
    """Return one sentence without a full stop; text of the record is shortened, not escaped.

    *requires* and *if_missing* are the policy's own words on the criterion.
    """
    required = f"; {requires}" if requires else ""
    if verdict.why is Why.COULD_NOT_LOOK:
        return f"{verdict.what} {found(verdict)}"
    if verdict.why is Why.SILENT and not verdict.evidence:
        return f"No {lowered(verdict.what, requires, if_missing)} found{required}"
    # What is ordered is evidence for itself, and named once.
    rest = tuple(each for each in verdict.evidence if (each.value, each.on) != (verdict.what, None))
    if verdict.evidence and not rest and verdict.why is None and verdict.detail is None:
        return f"{verdict.what}{required}"
    return f"{verdict.what}: {found(replace(verdict, evidence=rest))}{required}"


def found(verdict: Verdict) -> str:
    """Return what was found, without the name of the fact and without what is required."""
    if verdict.why is Why.COULD_NOT_LOOK:
        return "could not be looked up" + (f" ({verdict.detail})" if verdict.detail else "")
    if not verdict.evidence:
        return _REASONS[verdict.why] if verdict.why is not None else verdict.state.value
    pieces = [piece for piece in map(_shown, verdict.evidence[:_MOST]) if piece]
    if len(verdict.evidence) > _MOST:
        pieces.append(f"{len(verdict.evidence) - _MOST} more")
    shown = "; ".join(pieces)
    if verdict.why is None:
        result = f", {verdict.detail}" if verdict.detail else ""
        return f"{shown}{result}" or verdict.state.value
    detail = f" ({shortened(verdict.detail)})" if verdict.detail else ""
    reason = f"{_REASONS[verdict.why]}{detail}"
    return f"{shown}, but {reason}" if shown else reason


def joined(verdict: Verdict, parts: Iterable[tuple[str, State]], kind: str) -> str:
    """Return what a criterion that joins others found, given their titles and states."""
    listed = list(parts)
    titles = _and([title for title, _ in listed])
    if verdict.state.truth is None:
        unknown = [title for title, state in listed if state.truth is None]
        return f"not decided; open: {_and(unknown)}"
    if kind == "documented":
        return f"{'documented' if verdict.state is State.MET else 'not documented'}: {titles}"
    if len(listed) == 1:
        return f"{'met' if verdict.state is State.MET else 'not met'}: {titles}"
    decisive = State.MET if kind == "any-of" else State.NOT_MET
    if verdict.state is decisive:
        named = _and([title for title, state in listed if state is decisive])
        return f"{'shown by' if kind == 'any-of' else 'fails on'}: {named}"
    return f"none of {len(listed)} is met" if kind == "any-of" else f"all {len(listed)} are met"


def _shown(evidence: Evidence) -> str:
    pieces = [shortened(evidence.value)] if evidence.value else []
    if evidence.on is not None:
        day = evidence.on.written[:10]
        pieces.append(f"on {day}" if pieces else f"a record of {day}")
    if evidence.old:
        pieces.append("(more than 12 months old)")
    return " ".join(piece for piece in pieces if piece)


def shortened(text: str) -> str:
    """Return *text* on one line, cut to a length that a sentence can bear."""
    single = " ".join(text.split())
    if len(single) <= _LONGEST:
        return single
    return single[: _LONGEST - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def lowered(what: str, *beside: str | None) -> str:
    """Return a label as it stands within a sentence; "DLCO" and "B-lineage" stay.

    So does a proper name, such as "Crohn disease": it has its capital within *beside*, the policy's
    other words on the same thing, too.
    """
    if not what[1:2].islower():
        return what
    first = re.match(r"\w+", what)
    name = re.compile(rf"(?<=[\w,;:] ){re.escape(first[0])}\b") if first is not None else None
    if name is not None and any(name.search(each) for each in beside if each):
        return what
    return what[:1].lower() + what[1:]


def _and(items: list[str]) -> str:
    *first, last = items or [""]
    return f"{', '.join(first)} and {last}" if first else last
