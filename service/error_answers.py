"""One handler for whatever goes wrong: an OperationOutcome, an opaque id, and a line in the log.

The id stands in both. Joined in by `app`.
"""

import uuid

from flask import Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from service import logs
from service.errors import BadRequest, RequestError, operation_outcome
from service.hook import SERVICES
from service.pages.routes import missing_page
from service.tenancy.gate import CDS_SERVICES, milliseconds, tenant_id
from service.web import as_outcome

_FOR_MACHINES = (CDS_SERVICES, "/health/", "/metrics", "/fhir")
"""Paths whose errors are OperationOutcomes; elsewhere people read them."""

_CODES = {404: "not-found", 405: "not-supported", 413: "too-long"}
_NOWHERE = LookupError("There is no such page here.")


def answer_error(error: Exception) -> ResponseReturnValue:
    """Return what the caller hears of *error*; the log has the rest under the same id."""
    error_id = uuid.uuid4().hex
    if isinstance(error, RecursionError):
        error = BadRequest("body", "is nested too deeply", "Send FHIR as it is", code="structure")
    if isinstance(error, RequestError):
        return _answer_request_error(error, error_id)
    if isinstance(error, HTTPException) and error.code is not None:
        return _answer_http_error(error, error.code, error_id)
    logs.log_fault(error, error_id)
    said = f"The service failed. Its log tells more under {error_id}."
    return as_outcome(500, operation_outcome("exception", said, error_id=error_id))


def _answer_request_error(error: RequestError, error_id: str) -> Response:
    view = request.view_args or {}
    service = view.get("service_id")
    logs.log_refusal(
        logs.Refusal(error.status, error.code, error.field, error.reason or error.message),
        error_id=error_id,
        tenant=tenant_id(),
        service=service if service in SERVICES else None,
        milliseconds=milliseconds(),
    )
    if error.misconfiguration is not None:
        logs.log_misconfiguration(error.misconfiguration, service if service in SERVICES else None)
    answer = as_outcome(error.status, error.outcome(error_id))
    answer.headers.update(error.headers)
    return answer


def _answer_http_error(error: HTTPException, status: int, error_id: str) -> ResponseReturnValue:
    """Answer what Flask itself refuses, such as an unknown path or a wrong method."""
    if not request.path.startswith(_FOR_MACHINES):
        return missing_page(_NOWHERE) if status == 404 else error  # noqa: PLR2004
    said = f"{request.method}: {error.description}"
    outcome = operation_outcome(_CODES.get(status, "processing"), said, error_id=error_id)
    answer = as_outcome(status, outcome)
    for name, value in error.get_headers():
        if name == "Allow":
            answer.headers[name] = value
    return answer
