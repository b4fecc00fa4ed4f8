"""Structured logs: one JSON object a line, on standard error.

No id, name, date or text of a patient, user or order gets here: a review is logged by counts (in
`operations.review_log`), an error by its kind and place. What an exception says is left out, as it
may quote what was sent.
"""

import logging
import re
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import structlog

_LEVELS = logging.getLevelNamesMapping()
_OPAQUE = re.compile(r"[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}")


def configure_logs(level: str) -> None:
    """Log from *level* on, ours and that of the libraries in one format."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("event"),
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    handler.addFilter(_is_ours)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(_LEVELS[level.upper()])


def _is_ours(record: logging.LogRecord) -> bool:
    """Pass our own lines and those of the server's process.

    What other libraries tell, warnings of malformed headers included, holds addresses, and these
    name patients. What matters of it our own lines say.
    """
    return record.name.partition(".")[0] in ("transplant_cds", "gunicorn")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the caller's, in words of ours."""

    status: int
    code: str
    field: str | None = None
    reason: str | None = None
    """In full; the caller may have been told less."""


def log_refusal(
    refusal: Refusal,
    *,
    error_id: str,
    tenant: str | None,
    service: str | None,
    milliseconds: float,
) -> None:
    """Write the line of a call that was answered with an error of the caller's."""
    _log().warning(
        "refused",
        error_id=error_id,
        status=refusal.status,
        code=refusal.code,
        field=refusal.field,
        reason=refusal.reason,
        tenant=tenant,
        service=service,
        milliseconds=round(milliseconds, 1),
    )


_misconfigured: Counter[str] = Counter()


def log_misconfiguration(what: str, service: str | None) -> None:
    """Write that an EHR is set up wrongly, and how often that was seen since the start."""
    _misconfigured[what] += 1
    _log().error("misconfigured-ehr", what=what, service=service, times=_misconfigured[what])


def log_feedback(
    service: str, *, new: int, duplicates: int, faults: int, milliseconds: float
) -> None:
    """Write the line of one delivery of feedback: counts, and never a comment."""
    _log().info(
        "feedback",
        service=service,
        new=new,
        duplicates=duplicates,
        faults=faults,
        milliseconds=round(milliseconds, 1),
    )


def log_fault(error: BaseException, error_id: str) -> None:
    """Write an unforeseen error: kinds and places, never what the exception says."""
    _log().error("fault", error_id=error_id, trace=list(_places(error)))


def log_event(event: str, **about: Any) -> None:
    """Write something that happened as it should."""
    _log().info(event, **about)


def log_warning(event: str, **about: Any) -> None:
    """Write something that the operator should look at."""
    _log().warning(event, **about)


def loggable_instance(hook_instance: str) -> str:
    """Return the hook instance if it is a UUID, as it should be; else it may say anything."""
    return hook_instance if _OPAQUE.fullmatch(hook_instance) else "not-a-uuid"


def _places(error: BaseException) -> Iterator[str]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield f"{type(cause).__module__}.{type(cause).__qualname__}"
        for frame in traceback.extract_tb(cause.__traceback__)[-25:]:
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        cause = cause.__cause__ or cause.__context__


def _log() -> Any:
    return structlog.get_logger("transplant_cds")
