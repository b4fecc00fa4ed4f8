"""Feedback on the wire: a request body in, FeedbackItems out, in the shapes of HL7 and of Epic.

What an EHR leaves out of what we do not need is no fault. An item that is at fault costs none of
the others.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from service.errors import BadRequest
from service.ledger.records import FeedbackItem

_LONGEST_CARD_ID = 200
_LONGEST_CODE = 500
_MOST_ITEMS = 10_000
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE
)
_CURES = {
    "feedback": "Send an array with one object for each card",
    "card": "Send the uuid of the card as a string",
    "outcome": "Send accepted or overridden",
    "outcomeTimestamp": "Send a date and time such as 2026-11-21T08:30:00Z",
    "overrideReason": "Send an object with reason (a Coding), userComment, or both",
    "overrideReasons": "Send an object with reason (a Coding), userComment, or both",
    "acceptedSuggestions": "Send an array of objects with the id of a suggestion",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came in one request: the items that can be kept, and what is wrong with the others."""

    items: tuple[FeedbackItem, ...]
    faults: tuple[BadRequest, ...]


class _Coding(msgspec.Struct):
    code: str | None = None
    system: str | None = None
    display: str | None = None


class _Concept(msgspec.Struct):
    coding: list[_Coding] = msgspec.field(default_factory=list)


class _Extension(msgspec.Struct):
    coding: _Coding | None = msgspec.field(name="valueCoding", default=None)
    concept: _Concept | None = msgspec.field(name="valueCodeableConcept", default=None)


class _Reason(msgspec.Struct):
    reason: _Coding | None = None
    comment: str | None = msgspec.field(name="userComment", default=None)
    extension: list[_Extension] | dict[str, Any] | None = None


class _Suggestion(msgspec.Struct):
    id: str


class _Item(msgspec.Struct):
    card: str
    outcome: Literal["accepted", "overridden"]
    outcome_at: str = msgspec.field(name="outcomeTimestamp")
    reason: _Reason | None = msgspec.field(name="overrideReason", default=None)
    reasons: _Reason | list[_Reason] | None = msgspec.field(name="overrideReasons", default=None)
    suggestions: list[_Suggestion] | None = msgspec.field(name="acceptedSuggestions", default=None)


class _Body(msgspec.Struct):
    feedback: list[msgspec.Raw]


def read_feedback(body: bytes) -> Delivery:
    """Read a request's body; raises BadRequest where there is no list of items in it."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        body.decode()
        raw = msgspec.json.decode(body, type=_Body).feedback
    except msgspec.ValidationError:
        raise BadRequest(
            "feedback", "is missing, or is no array", _CURES["feedback"], code="structure"
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest(
            "body", "is no readable JSON in UTF-8", "Send one JSON object", code="structure"
        ) from None
    if not 0 < len(raw) <= _MOST_ITEMS:
        problem = "is empty" if not raw else f"has more than {_MOST_ITEMS} items"
        raise BadRequest("feedback", problem, _CURES["feedback"], code="value")
    items: list[FeedbackItem] = []
    faults: list[BadRequest] = []
    for number, each in enumerate(raw):
        try:
            items.append(_read(each, f"feedback[{number}]"))
        except BadRequest as fault:
            faults.append(fault)
    return Delivery(tuple(items), tuple(faults))


def _read(raw: msgspec.Raw, where: str) -> FeedbackItem:
    try:
        item = msgspec.json.decode(raw, type=_Item)
    except msgspec.ValidationError as error:
        raise _at_fault(str(error), where) from None
    except (msgspec.DecodeError, RecursionError):
        raise BadRequest(where, "is no readable object", _CURES["feedback"]) from None
    card = _clean(item.card).removeprefix("urn:uuid:")
    if not 0 < len(card) <= _LONGEST_CARD_ID:
        raise _wrong(where, "card", f"has not 1 to {_LONGEST_CARD_ID} characters")
    coding, comment = _why(item)
    return FeedbackItem(
        card=_spelled(card),
        outcome=item.outcome,
        outcome_at=_moment(item.outcome_at, where),
        reason_system=_code(coding.system if coding else None),
        reason_code=_code(coding.code if coding else None),
        comment=comment,
        suggestions=tuple(_clean(each.id)[:_LONGEST_CARD_ID] for each in item.suggestions or ()),
    )


def _why(item: _Item) -> tuple[_Coding | None, str | None]:
    """Return the first coded reason, and all that was written."""
    reasons = list(_reasons(item))
    codings = [coding for reason in reasons for coding in _codings(reason)]
    coded = next((each for each in codings if each.code), None)
    written = [reason.comment for reason in reasons]
    if coded is None:
        written += [each.display for each in codings]
    texts = dict.fromkeys(_clean(each) for each in written if each)
    return coded, "\n".join(each for each in texts if each) or None


def _reasons(item: _Item) -> Iterator[_Reason]:
    if item.reason is not None:
        yield item.reason
    if isinstance(item.reasons, _Reason):
        yield item.reasons
    else:
        yield from item.reasons or ()


def _codings(reason: _Reason) -> Iterator[_Coding]:
    if reason.reason is not None:
        yield reason.reason
    extensions: Sequence[_Extension] = (
        reason.extension if isinstance(reason.extension, list) else ()
    )
    for extension in extensions:
        if extension.coding is not None:
            yield extension.coding
        if extension.concept is not None:
            yield from extension.concept.coding


def _moment(written: str, where: str) -> datetime:
    """Return the moment; without a time zone it is UTC, as the specification asks for."""
    match = _MOMENT.fullmatch(written.strip())
    if match is None:
        raise _wrong(where, "outcomeTimestamp", "is no date with a time")
    day, clock, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(
            f"{day}T{clock}{(fraction or '')[:7]}{(zone or 'Z').upper()}"
        )
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(where, "outcomeTimestamp", "is no date with a time") from None


def _spelled(card: str) -> str:
    """Return a UUID as we write them, in small letters; any other id as it is."""
    return card.lower() if re.fullmatch(r"[0-9A-Fa-f-]{36}", card) else card


def _code(written: str | None) -> str | None:
    return (_clean(written)[:_LONGEST_CODE] or None) if written else None


def _clean(written: str) -> str:
    """Return the text without what no database takes."""
    return written.replace("\x00", "\ufffd").strip()


def _at_fault(message: str, where: str) -> BadRequest:
    missing = re.search(r"required field `(\w+)`", message)
    if missing is not None:
        name = missing[1]
        return BadRequest(f"{where}.{name}", "is missing", _cure(name), code="required")
    path = re.search(r"at `\$\.?([^`]*)`$", message)
    name = path[1] if path is not None else ""
    return _wrong(where, name, "is not what it should be")


def _wrong(where: str, name: str, problem: str) -> BadRequest:
    return BadRequest(f"{where}.{name}".rstrip("."), problem, _cure(name), code="value")


def _cure(name: str) -> str:
    return _CURES.get(re.split(r"[.\[]", name)[0], _CURES["feedback"])
