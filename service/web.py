"""The service on HTTP: discovery, the two hooks and their feedback; JSON in, JSON out."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Blueprint, Response, g, request
from flask.typing import ResponseReturnValue
from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from cards.library import Library
from service import limits, logs
from service.depth import refuse_deep
from service.errors import (
    BadRequest,
    CannotKeep,
    RequestError,
    TooLarge,
    TooSlow,
    WrongContentType,
)
from service.feedback import read_feedback
from service.fhir.source import Source
from service.hook import HookRequest, discovery, read_request, service_named
from service.keeping import Keeping
from service.ledger.records import LedgerDown
from service.operations.metrics import Metrics
from service.operations.review_log import about_request, about_review, log_review
from service.reviewing import RecordUnreadable, Terms, review_request
from service.switches import Positions
from service.tenancy.gate import CDS_SERVICES, milliseconds


@dataclass(frozen=True, slots=True)
class WebParts:
    """What the views need; `app` makes it."""

    library: Library
    base_url: str
    terms_for: Callable[[HookRequest], Terms]
    source_for: Callable[[HookRequest], Source | None]
    most_orders: int
    rule_set: str
    """The fingerprint of the policies."""
    keeping: Keeping
    metrics: Metrics
    positions_for: Callable[[str | None], Positions]
    """How the switches stand for a tenant."""

    tenant: Callable[[], str | None]
    """Who calls; None where no callers are configured."""

    refuse_late: Callable[[], None]
    """Raises where the time of the call is over."""


def create_web(parts: WebParts) -> Blueprint:
    """Return the blueprint of the service's own endpoints."""
    web = Blueprint("web", __name__)
    document = msgspec.json.encode(discovery(parts.library))

    def discover() -> ResponseReturnValue:
        logs.log_event(
            "discovery",
            tenant=parts.tenant(),
            rule_set=parts.rule_set,
            milliseconds=round(milliseconds(), 1),
        )
        return _json(document)

    def call(service_id: str) -> ResponseReturnValue:
        return _call(parts, service_id)

    def feedback(service_id: str) -> ResponseReturnValue:
        return _feedback(parts, service_id)

    web.add_url_rule(CDS_SERVICES, "discovery", discover)
    web.add_url_rule(f"{CDS_SERVICES}/<service_id>", "call", call, methods=["POST"])
    web.add_url_rule(
        f"{CDS_SERVICES}/<service_id>/feedback", "feedback", feedback, methods=["POST"]
    )
    return web


def _call(parts: WebParts, service_id: str) -> ResponseReturnValue:
    """Answer one call of a hook; a RequestError goes to `error_answers`.

    What was known of the call by then waits in `g.known` for the line of the refusal.
    """
    known = None
    status = HTTPStatus.INTERNAL_SERVER_ERROR.value
    tenant = parts.tenant()
    g.known = {"rule_set": parts.rule_set}
    try:
        service = service_named(service_id)
        known = service.id
        _refuse_other_types()
        body = _body()
        hook_request = read_request(body, service)
        g.known |= about_request(hook_request)
        limits.refuse_many(hook_request, parts.most_orders)
        review = review_request(
            hook_request,
            parts.library,
            replace(parts.terms_for(hook_request), positions=parts.positions_for(tenant)),
            parts.source_for(hook_request),
            parts.base_url,
            between=parts.refuse_late,
        )
        answer = _json(msgspec.json.encode({"cards": review.cards}))
        status = HTTPStatus.OK.value
    except RequestError as error:
        status = error.status
        if isinstance(error, RecordUnreadable) and known is not None:
            g.known |= about_review(error.review)
            parts.keeping.keep_unreadable(tenant=tenant, service=known)
        raise
    finally:
        with _harmless():
            parts.metrics.answered(known, status, milliseconds() / 1000)
    log_review(
        hook_request,
        review,
        tenant=tenant,
        rule_set=parts.rule_set,
        milliseconds=milliseconds(),
    )
    with _harmless():
        parts.metrics.reviewed(review, service.id)
    with _harmless():
        parts.keeping.keep_review(review, tenant=tenant, service=service.id)
    return answer


@contextmanager
def _harmless() -> Iterator[None]:
    """Let nothing out that fails in counting or keeping: the card is right without it."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  whatever it is, the card is sent
        logs.log_fault(error, uuid.uuid4().hex)


def _feedback(parts: WebParts, service_id: str) -> ResponseReturnValue:
    """Keep feedback, and answer when it is kept; unsound items cost none of the others."""
    service = service_named(service_id)
    _refuse_other_types()
    body = _body()
    refuse_deep(body)
    delivery = read_feedback(body)
    try:
        kept = parts.keeping.keep_feedback(
            delivery.items, tenant=parts.tenant(), service=service.id
        )
    except LedgerDown as error:
        parts.metrics.feedback_refused()
        logs.log_warning("feedback-not-kept", reason=str(error))
        raise CannotKeep from None
    parts.metrics.fed_back(kept.new, kept.duplicates)
    logs.log_feedback(
        service.id,
        new=len(kept.new),
        duplicates=kept.duplicates,
        faults=len(delivery.faults),
        milliseconds=milliseconds(),
    )
    if delivery.faults:
        raise delivery.faults[0]
    return _json(msgspec.json.encode({"received": len(delivery.items)}))


def _refuse_other_types() -> None:
    mimetype = request.mimetype
    if mimetype != "application/json" and not (
        mimetype.startswith("application/") and mimetype.endswith("+json")
    ):
        raise WrongContentType(
            "Content-Type: is not JSON. Send Content-Type: application/json", field="Content-Type"
        )
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise WrongContentType(
            "Content-Encoding: is not supported. Send the body as it is", field="Content-Encoding"
        )


def _body() -> bytes:
    limit = request.max_content_length
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise _too_large(limit) from None
    except ClientDisconnected:
        raise TooSlow from None
    except ParseException:
        raise BadRequest(
            "body", "is not in chunks as HTTP has them", "Send it again", code="structure"
        ) from None
    if len(body) < (request.content_length or 0):
        raise TooSlow
    # A body that does not announce its length is cut off at the limit, without an error.
    if limit is not None and request.content_length is None and len(body) >= limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int | None) -> TooLarge:
    return TooLarge(
        f"body: is larger than {limit} bytes. "
        "Send less in the prefetch; the service reads the rest from fhirServer",
        field="body",
    )


def _json(content: bytes) -> Response:
    return Response(content, mimetype="application/json")


def as_outcome(status: int, outcome: dict[str, Any]) -> Response:
    """Return an answer with an OperationOutcome as its body."""
    return Response(msgspec.json.encode(outcome), status, mimetype="application/json")
