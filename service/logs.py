"""Structured logs: one JSON object a line, on standard error.

No id, name, date or text of a patient, user or order gets here: a review is logged by counts (in
`operations.review_log`), an error by its kind and place. What an exception says is left out, as it
may quote what was sent.
"""

import contextlib
import logging
import re
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog

_LEVELS = logging.getLevelNamesMapping()
_OPAQUE = re.compile(r"[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}")


def configure_logs(level: str) -> None:
    """Log from *level* on, ours and those of the server's process in one format.

    Our own lines take the short way: a line for every call costs as much as deciding that an order
    is none of ours. Those of the server come over the standard library.
    """
    wanted = _LEVELS[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_as_json)],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(wanted),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=_as_json),
            ],
        )
    )
    handler.addFilter(_is_the_server)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(wanted)


def _as_json(event: object, default: Callable[[Any], Any]) -> str:
    return msgspec.json.encode(event, enc_hook=default).decode()


def _is_the_server(record: logging.LogRecord) -> bool:
    """Pass what comes of the server's process.

    What other libraries tell, warnings of malformed headers included, holds addresses, and these
    name patients; so does what the server tells of a single request, at the level of debugging.
    What matters of it our own lines say.
    """
    quotes = record.levelno <= logging.DEBUG and record.args
    return record.name.partition(".")[0] == "gunicorn" and not quotes


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error of the caller's, in words of ours."""

    status: int
    code: str
    field: str | None = None
    reason: str | None = None
    """In full; the caller may have been told less."""

    known: Mapping[str, Any] | None = None
    """What was known of the call by then, in counts, versions and ids of ours."""


def log_refusal(
    refusal: Refusal,
    *,
    error_id: str,
    tenant: str | None,
    service: str | None,
    milliseconds: float,
) -> None:
    """Write the line of a call that was answered with an error of the caller's."""
    _write(
        "warning",
        "refused",
        error_id=error_id,
        status=refusal.status,
        code=refusal.code,
        field=refusal.field,
        reason=refusal.reason,
        tenant=tenant,
        service=service,
        milliseconds=round(milliseconds, 1),
        **(refusal.known or {}),
    )


_misconfigured: Counter[str] = Counter()


def log_misconfiguration(what: str, service: str | None) -> None:
    """Write that an EHR is set up wrongly, and how often that was seen since the start."""
    _misconfigured[what] += 1
    _write("error", "misconfigured-ehr", what=what, service=service, times=_misconfigured[what])


def log_feedback(
    service: str, *, new: int, duplicates: int, faults: int, milliseconds: float
) -> None:
    """Write the line of one delivery of feedback: counts, and never a comment."""
    _write(
        "info",
        "feedback",
        service=service,
        new=new,
        duplicates=duplicates,
        faults=faults,
        milliseconds=round(milliseconds, 1),
    )


def log_fault(error: BaseException, error_id: str, **known: Any) -> None:
    """Write an unforeseen error: kinds and places, never what the exception says."""
    _write("error", "fault", error_id=error_id, trace=list(_places(error)), **known)


def log_event(event: str, **about: Any) -> None:
    """Write something that happened as it should."""
    _write("info", event, **about)


def log_warning(event: str, **about: Any) -> None:
    """Write something that the operator should look at."""
    _write("warning", event, **about)


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


def _write(level: str, event: str, **about: Any) -> None:
    # A full disk or a closed pipe costs a line, and never an answer.
    with contextlib.suppress(OSError, ValueError):
        structlog.get_logger().log(_LEVELS[level.upper()], event, **about)
