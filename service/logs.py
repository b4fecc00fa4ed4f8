"""Structured logs: one JSON object a line, on standard error.

No id, name, date or text of a patient, user or order gets here: a review is logged by counts, an
error by its kind and place. What an exception says is left out, as it may quote what was sent.
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

from cards.finding import Finding
from service.hook import HookRequest
from service.reviewing import Review

_LEVELS = logging.getLevelNamesMapping()
_OPAQUE = re.compile(r"[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}")
_SYSTEM = re.compile(r"(https?://|urn:)[A-Za-z0-9.:/_-]{1,150}")


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


def log_review(
    request: HookRequest,
    review: Review,
    *,
    tenant: str | None,
    rule_set: str,
    milliseconds: float,
) -> None:
    """Write the line of one review."""
    gathered = review.gathered
    _log().info(
        "review",
        hook_instance=loggable_instance(request.hook_instance),
        tenant=tenant,
        service=request.service.id,
        orders=len(request.draft_orders),
        governed_orders=len(review.selection.orders),
        other_patient_orders=review.selection.other_patient,
        unmapped_orders=[_code_of(*each) for each in review.selection.unmapped],
        other_patient_resources=gathered.chart.other_patient if gathered else 0,
        policies=sorted({_version_of(finding) for finding in review.findings}),
        rule_set=rule_set,
        determinations=dict(Counter(finding.determination for finding in review.findings)),
        cards=len(review.cards),
        shadow_cards=len(review.shadow_cards),
        why_no_card=None if review.cards else why_no_card(review),
        unread=list(gathered.reasons) if gathered else [],
        asked=gathered.asked if gathered else 0,
        milliseconds=round(milliseconds, 1),
    )


def why_no_card(review: Review) -> str:
    """Return why a review has no card, in one word or two."""
    if not review.selection.orders:
        return "order-of-another-patient" if review.selection.other_patient else "no-such-order"
    if review.shadow_cards:
        return "in-shadow"
    if not review.findings:
        return "no-policy-applies"
    if any("patient-deceased" in finding.notes for finding in review.findings):
        return "patient-deceased"
    return "nothing-to-say"


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


def log_start(event: str, **about: Any) -> None:
    """Write something about the process itself."""
    _log().info(event, **about)


def log_warning(event: str, **about: Any) -> None:
    """Write something that the operator should look at."""
    _log().warning(event, **about)


def loggable_instance(hook_instance: str) -> str:
    """Return the hook instance if it is a UUID, as it should be; else it may say anything."""
    return hook_instance if _OPAQUE.fullmatch(hook_instance) else "not-a-uuid"


def _version_of(finding: Finding) -> str:
    return f"{finding.policy.id}@{finding.version.effective or 'undated'}"


def _code_of(system: str | None, code: str | None) -> str:
    shown = system if system and _SYSTEM.fullmatch(system) else "?"
    return f"{shown}|{code or '?'}"


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
