"""Conditions as statements: present, gone, ruled out, or only suspected, and since when."""

from collections.abc import Iterator
from enum import Enum
from typing import Literal

from cards.record.chart import Resource, listed
from cards.values.coding import Concept, read_concept
from cards.values.dates import DateSpan, read_date

_UNCONFIRMED = frozenset({"unconfirmed", "provisional", "differential"})
_PRESENT = frozenset({"active", "recurrence", "relapse"})
_GONE = frozenset({"inactive", "remission", "resolved"})


class Standing(Enum):
    """What a Condition says of its disease."""

    PRESENT = "present"
    REMISSION = "remission"
    GONE = "gone"
    UNCONFIRMED = "unconfirmed"
    REFUTED = "refuted"
    VOID = "void"  # entered in error: as if never written


def _code(condition: Resource, element: str) -> str | None:
    concept: Concept = read_concept(condition.get(element))
    known = _UNCONFIRMED | _PRESENT | _GONE | {"refuted", "confirmed", "entered-in-error"}
    written = [coding.code.lower() for coding in concept.codings]
    written += [each.strip().lower() for each in concept.texts]
    bare = condition.get(element)  # DSTU2 and STU3 write a bare code
    if isinstance(bare, str):
        written.append(bare.lower())
    return next((each for each in written if each in known), written[0] if written else None)


def standing(condition: Resource) -> Standing:
    """Return what a Condition says; without any status, that the disease is present.

    A disease with a date of abatement and no status is gone.
    """
    verification, clinical = (
        _code(condition, "verificationStatus"),
        _code(condition, "clinicalStatus"),
    )
    if verification == "entered-in-error":
        return Standing.VOID
    if verification == "refuted":
        return Standing.REFUTED
    if verification in _UNCONFIRMED:
        return Standing.UNCONFIRMED
    if clinical == "remission":
        return Standing.REMISSION
    if clinical in _GONE or (clinical is None and _abated(condition)):
        return Standing.GONE
    return Standing.PRESENT


def course_status(condition: Resource) -> Literal["relapse", "remission"] | None:
    """Return the relapse or remission that the clinical status tells; None for any other."""
    codes = {
        coding.code.lower() for coding in read_concept(condition.get("clinicalStatus")).codings
    }
    if codes & {"relapse", "recurrence"}:
        return "relapse"
    return "remission" if "remission" in codes else None


def remarks_on(condition: Resource) -> Iterator[str]:
    """Yield what stands beside the name of a disease: its stages, and notes."""
    for stage in listed(condition.get("stage")):
        if isinstance(stage, dict):
            yield from read_concept(stage.get("summary")).texts
    for note in listed(condition.get("note")):
        if isinstance(note, dict) and isinstance(note.get("text"), str):
            yield note["text"]


def _abated(condition: Resource) -> bool:
    return any(name.startswith("abatement") for name in condition)


def said_on(condition: Resource) -> DateSpan | None:
    """Return when a Condition was last said to stand as it does: abated, recorded, or begun."""
    for element in ("abatementDateTime", "recordedDate", "assertedDate", "onsetDateTime"):
        written = read_date(condition.get(element))
        if written is not None:
            return written
    return None


def present_since(condition: Resource) -> DateSpan | None:
    """Return since when a present disease has been on record: recorded, or failing that begun."""
    for element in ("recordedDate", "assertedDate", "onsetDateTime"):
        written = read_date(condition.get(element))
        if written is not None:
            return written
    return None
