"""Decodes the JSON of a request: what is wrong is told by its field, with the cure."""

import re
from typing import Any, TypeVar

import msgspec

from service.errors import BadRequest, DraftOrdersMissing
from service.fhir.unsound import decoded

_T = TypeVar("_T")

_MISSING = re.compile(r"required field `(?P<name>[^`]+)`")
_PATH = re.compile(r" - at `\$(?P<path>[^`]*)`$")

CURES = {  # by the path of a field
    "hook": "Send the name of the hook as a string",
    "hookInstance": "Send a UUID as a string, new for each call",
    "context": "Send the context of the hook as an object",
    "context.userId": "Send a reference such as Practitioner/123, or leave it out",
    "context.patientId": "Send the FHIR id of the patient as a string",
    "context.encounterId": "Send the FHIR id of the encounter as a string, or leave it out",
    "context.selections": "Send an array of references into draftOrders, such as "
    "ServiceRequest/draft-1",
    "context.draftOrders": "Send a FHIR Bundle with the unsigned orders; where an EHR leaves it "
    "out, look at its scopes for draft orders",
    "fhirServer": "Send the base URL of a FHIR R4 server, or leave it out",
    "fhirAuthorization": "Send an object with access_token and token_type, or leave it out",
    "prefetch": "Send an object with the keys of the discovery document, or leave it out",
}


def decode(raw: bytes | msgspec.Raw, kind: type[_T], field_name: str) -> _T:
    """Decode *raw* as *kind*; raises BadRequest with the path of the fault below *field_name*."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        path, problem = _explained(str(error), field_name)
        raise wrong(path, problem) from None
    except msgspec.DecodeError as error:
        where = re.search(r"\(byte \d+\)", str(error))
        problem = f"is not JSON {where[0]}" if where else "is not complete JSON"
        raise BadRequest(
            field_name or "body", problem, "Send one JSON object", code="structure"
        ) from None
    except RecursionError:
        raise BadRequest(
            field_name or "body", "is nested too deeply", "Send FHIR as it is", code="structure"
        ) from None


def mended(raw: bytes, error: BadRequest) -> dict[str, Any]:
    """Decode an object without the single values that are unsound; raises *error* for any other."""
    try:
        value = decoded(raw)
    except (ValueError, RecursionError):
        raise error from None
    if not isinstance(value, dict):
        raise error
    return value


def _explained(message: str, field_name: str) -> tuple[str, str]:
    """Return the path of the field and what is wrong with it, out of msgspec's message."""
    at = _PATH.search(message)
    steps = [field_name, *(at["path"] if at else "").split(".")]
    problem = _PATH.sub("", message).replace("`", "")
    missing = _MISSING.search(message)
    if missing:
        steps.append(missing["name"])
        problem = "is missing"
    elif problem == "Number out of range" or problem.startswith("Integer value out of range"):
        problem = "holds a number beyond any measure"
    else:
        problem = problem[:1].lower() + problem[1:]
    path = ".".join(step for step in steps if step).replace(".[", "[")
    return path or "body", problem


def wrong(path: str, problem: str) -> BadRequest:
    """Return the error with the cure of the field, or of the nearest field above it."""
    above = path
    while above and above not in CURES:
        above = re.sub(r"(\.|\[)[^.\[]*$|^[^.\[]*$", "", above)
    cure = CURES.get(above, "Send one JSON object as CDS Hooks describes it")
    if path == "context.draftOrders" and problem in ("is missing", "expected object, got null"):
        return DraftOrdersMissing(path, "is missing", cure, code="required")
    return BadRequest(path, problem, cure, code="required" if problem == "is missing" else "value")
