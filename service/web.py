"""The service on HTTP: discovery, the two hooks, and health; JSON in, JSON out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from cards.library import Library
from service import limits, logs
from service.errors import TooLarge, TooSlow, WrongContentType
from service.gate import CDS_SERVICES, milliseconds, tenant_id
from service.hook import HookRequest, discovery, read_request, service_named
from service.reviewing import Terms, review_request
from service.source import Source


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


def create_web(parts: WebParts) -> Blueprint:
    """Return the blueprint of the service's own endpoints."""
    web = Blueprint("web", __name__)
    document = msgspec.json.encode(discovery(parts.library))
    ready = msgspec.json.encode({"status": "ready", "policies": len(parts.library.policies)})

    def discover() -> ResponseReturnValue:
        return _json(document)

    def call(service_id: str) -> ResponseReturnValue:
        return _call(parts, service_id)

    def live() -> ResponseReturnValue:
        return _json(b'{"status":"live"}')

    def readiness() -> ResponseReturnValue:
        return _json(ready)

    web.add_url_rule(CDS_SERVICES, "discovery", discover)
    web.add_url_rule(f"{CDS_SERVICES}/<service_id>", "call", call, methods=["POST"])
    web.add_url_rule("/health/live", "live", live)
    web.add_url_rule("/health/ready", "ready", readiness)
    return web


def _call(parts: WebParts, service_id: str) -> ResponseReturnValue:
    """Answer one call of a hook; a RequestError goes to `error_answers`."""
    service = service_named(service_id)
    _refuse_other_types()
    body = _body()
    limits.refuse_deep(body)
    hook_request = read_request(body, service)
    limits.refuse_many(hook_request, parts.most_orders)
    review = review_request(
        hook_request,
        parts.library,
        parts.terms_for(hook_request),
        parts.source_for(hook_request),
        parts.base_url,
    )
    logs.log_review(
        hook_request,
        review,
        tenant=tenant_id(),
        rule_set=parts.rule_set,
        milliseconds=milliseconds(),
    )
    return _json(msgspec.json.encode({"cards": review.cards}))


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
