"""What can go wrong on the way to an answer, and what the caller is told about it.

ServiceError
├── RequestError             the caller's to mend; carries an HTTP status
│   ├── BadRequest           400  a field of the request, named with its cure
│   │   └── DraftOrdersMissing    the EHR is set up so that it leaves the orders out
│   ├── UnknownCaller        401  without a reason, which stands in the log
│   ├── UnknownService       404
│   ├── TooSlow              408  the body did not come whole in time
│   ├── RecordUnreadable     412  nothing of a record that is needed was read (in `reviewing`)
│   ├── TooLarge             413
│   ├── WrongContentType     415
│   ├── TooManyRequests      429
│   ├── TooMuchText          503  the orders could not be read in the time of one request
│   ├── MemoryUnreachable    503  whether a token was used before cannot be told
│   └── CannotKeep           503  feedback that the database cannot take now; send it again
├── InputError               a file given on the command line, named with what is wrong
└── StartError               the operator's to mend; the process stops
    ├── SettingsError        a TRANSPLANT_CDS_ variable, named with its cure
    │   └── CannotListen         the address is taken, or none of this machine
    ├── ConceptMapError      the site's ConceptMap, by file and element, with the cure
    └── StoryError           a file of a story

Messages are ours, written from names of fields and never from their values: they may be shown and
logged. Whatever is not in this tree is unforeseen: a 500 with an opaque id, its trace in the log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class ServiceError(Exception):
    """Anything that the service itself finds wrong."""


class RequestError(ServiceError):
    """The caller can do something about it; becomes a FHIR OperationOutcome."""

    status = 400
    code = "invalid"
    """From the value set of `OperationOutcome.issue.code`."""

    misconfiguration: str | None = None
    """A name for logs and metrics where every call of this EHR will fail until it is set right."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.headers: dict[str, str] = {}
        self.reason: str | None = None
        """For the log alone, where it is more than the caller may know; else the message is."""

    def outcome(self, error_id: str | None = None) -> dict[str, Any]:
        """Return the error as a FHIR OperationOutcome; *error_id* is that of our log."""
        return operation_outcome(self.code, self.message, self.field, error_id=error_id)


class BadRequest(RequestError):
    """A field of the request is missing or is not what it should be."""

    def __init__(self, field: str, problem: str, cure: str, *, code: str = "invalid") -> None:
        super().__init__(f"{field}: {problem}. {cure}", field=field)
        self.code = code


class DraftOrdersMissing(BadRequest):
    """The context has no orders at all: as a rule, the app lacks the scopes to read them."""

    misconfiguration = "draft-orders-missing"


class UnknownCaller(RequestError):
    """The caller did not show who it is; it learns no more than that."""

    status = 401
    code = "login"

    def __init__(self, reason: str) -> None:
        super().__init__("The caller is not known. Send Authorization: Bearer with a signed JWT.")
        self.reason = reason
        self.headers["WWW-Authenticate"] = "Bearer"


class TooManyRequests(RequestError):
    """The tenant calls more often than was agreed."""

    status = 429
    code = "throttled"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many requests. Send the next in {seconds} s.")
        self.headers["Retry-After"] = str(seconds)


class MemoryUnreachable(RequestError):
    """What remembers used tokens is down: nobody can be told from a replay."""

    status = 503
    code = "transient"

    def __init__(self, reason: str) -> None:
        super().__init__("The service cannot check who calls at the moment. Try again later.")
        self.reason = reason
        self.headers["Retry-After"] = "5"


class TooSlow(RequestError):
    """The body ended early, or had not come whole when the time of one request was over."""

    status = 408
    code = "timeout"

    def __init__(self) -> None:
        super().__init__("body: did not come whole in time. Send the request again", field="body")


class TooMuchText(RequestError):
    """The orders hold more text than can be read in the time of one request."""

    status = 503
    code = "too-costly"

    def __init__(self) -> None:
        super().__init__(
            "context.draftOrders: reading them takes longer than one request may. "
            "Send the orders of one signing, without what was pasted into them",
            field="context.draftOrders",
        )


class UnknownService(RequestError):
    """There is no service of that name."""

    status = 404
    code = "not-found"


class TooLarge(RequestError):
    """The body is larger than the setting allows."""

    status = 413
    code = "too-long"


class WrongContentType(RequestError):
    """The body is not announced as JSON."""

    status = 415
    code = "not-supported"


class CannotKeep(RequestError):
    """The database cannot take feedback now; nothing of the delivery counts as accepted."""

    status = 503
    code = "transient"

    def __init__(self) -> None:
        super().__init__(
            "The feedback could not be kept, as the database is not to be reached. "
            "Send all of it again later; what comes twice counts once."
        )
        self.headers["Retry-After"] = "30"


class InputError(ServiceError):
    """A file given on the command line cannot be used."""

    def __init__(self, file: Path, problem: str) -> None:
        super().__init__(problem)
        self.file = file
        self.problem = problem


class StartError(ServiceError):
    """The service cannot start as it is set up; *status* is the command's exit status."""

    status = 2


class SettingsError(StartError):
    """One or more settings are wrong; the message has a line for each."""


class CannotListen(SettingsError):
    """The address cannot be listened on."""

    status = 1


@contextmanager
def told_under(setting: str) -> Iterator[None]:
    """Say of which setting it is that a file cannot be used: a SettingsError, line by line."""
    try:
        yield
    except StartError as error:
        lines = (f"{setting}: {line}" for line in str(error).splitlines())
        raise SettingsError("\n".join(lines)) from error


class ConceptMapError(StartError):
    """The site's ConceptMap cannot be used."""

    def __init__(self, file: Path, element: str, cure: str) -> None:
        super().__init__(f"{file}: {element}: {cure}")
        self.file = file
        self.element = element


class StoryError(StartError):
    """A story's file cannot be used."""

    def __init__(self, file: Path, problem: str) -> None:
        super().__init__(f"{file}: {problem}")
        self.file = file


def operation_outcome(
    code: str, diagnostics: str, field: str | None = None, *, error_id: str | None = None
) -> dict[str, Any]:
    """Return a FHIR OperationOutcome with one error; *code* is from FHIR's issue types."""
    # Here and not at the top: the command line imports this module and rarely needs the models.
    from fhir.resources.R4B.operationoutcome import OperationOutcome  # noqa: PLC0415

    issue: dict[str, Any] = {"severity": "error", "code": code, "diagnostics": diagnostics}
    if field is not None:
        issue["expression"] = [field]
    content: dict[str, Any] = {"resourceType": "OperationOutcome", "issue": [issue]}
    if error_id is not None:
        content["id"] = error_id
    OperationOutcome.model_validate(content)
    return content
