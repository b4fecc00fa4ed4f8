"""Fetches one small document for `tenancy`: the keys of callers, or a token of our own.

In the time that is given and not a moment longer, over the same connections as all that leaves.
"""

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlencode

from service.fhir.connections import Deadline, Exchange, NoAnswerError
from service.fhir.sessions import Session
from service.fhir.source import Cause

_OK = (200, 201)
_LATE = "did not answer in time"
_REASONS = {Cause.TOO_LATE: _LATE, Cause.LIMIT: "sent more than is read"}
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class OutboundError(Exception):
    """A small document could not be had; the message names nothing that was sent or received."""


def fetch_document(
    session: Session,
    url: str,
    *,
    seconds: float,
    most_bytes: int,
    form: Mapping[str, str] | None = None,
) -> bytes:
    """Return a small document, by GET or as the answer to *form*; raises OutboundError.

    It is asked for once, as an assertion is good for one use, and no redirect is followed.
    """
    exchange = Exchange(session, Deadline(seconds), most_bytes)
    headers = {"Accept": "application/json"}
    send = partial(exchange.send, "GET", url, headers, again=False)
    if form is not None:
        send = partial(
            exchange.send, "POST", url, {**headers, **_FORM}, urlencode(form), again=False
        )
    (done,) = exchange.side_by_side([send], 1, "document")
    if done is None:
        raise OutboundError(_LATE)
    try:
        reply = done.result()
    except NoAnswerError as error:
        raise OutboundError(_REASONS.get(error.cause, "could not be reached")) from None
    if reply.status not in _OK:
        raise OutboundError(f"answered {reply.status}")
    return reply.body
