"""One handler for whatever goes wrong: an OperationOutcome, an opaque id, and a line in the log.

The id stands in both. Joined in by `app`.
"""

import uuid
from http import HTTPStatus

from flask import Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from service import logs
from service.errors import BadRequest, RequestError, operation_outcome
from service.hook import SERVICES
from service.pages.routes import refused_page
from service.tenancy.gate import CDS_SERVICES, milliseconds, tenant_id
from service.web import as_outcome

_FOR_MACHINES = (CDS_SERVICES, "/health/", "/metrics", "/fhir")
"""Paths whose errors are OperationOutcomes; elsewhere people read them."""

_SAID = {
    400: ("processing", "This cannot be read", "The request cannot be read."),
    404: ("not-found", "There is no such page", "There is nothing at this address."),
    405: ("not-supported", "This cannot be done here", "This address takes another HTTP method."),
    413: ("too-long", "This is too large", "The request is larger than is read."),
}
"""Issue type, heading and sentence by status; never what was asked for, or how."""


def answer_error(error: Exception) -> ResponseReturnValue:
    """Return what the caller hears of *error*; the log has the rest under the same id."""
    error_id = uuid.uuid4().hex
    if isinstance(error, RecursionError):
        error = BadRequest("body", "is nested too deeply", "Send FHIR as it is", code="structure")
    if isinstance(error, RequestError):
        return _answer_request_error(error, error_id)
    if isinstance(error, HTTPException) and error.code is not None:
        return _answer_http_error(error, error.code, error_id)
    logs.log_fault(error, error_id, **g.get("known", {}))
    said = f"The service failed. Its log tells more under {error_id}."
    return as_outcome(500, operation_outcome("exception", said, error_id=error_id))


def _answer_request_error(error: RequestError, error_id: str) -> Response:
    view = request.view_args or {}
    service = view.get("service_id")
    logs.log_refusal(
        logs.Refusal(
            error.status,
            error.code,
            error.field,
            error.reason or error.message,
            g.get("known"),
        ),
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
    if status < HTTPStatus.BAD_REQUEST:
        return error  # to the address without its double slashes
    code, heading, said = _SAID.get(status, _SAID[400])
    if request.path.startswith(_FOR_MACHINES):
        answer = as_outcome(status, operation_outcome(code, said, error_id=error_id))
    else:
        answer = refused_page(status, heading, said)
    for name, value in error.get_headers():
        if name == "Allow":
            answer.headers[name] = value
    return answer
