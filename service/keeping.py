"""What of a call is kept, and when: between the answers in `web` and the database in `ledger`.

The database and its libraries are first touched where something is to be kept: on the recorder's
thread, or by a delivery of feedback.
"""

import threading
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cards.finding import Finding
from service import logs
from service.ledger.recorder import Recorder
from service.ledger.records import (
    CallRecord,
    FeedbackItem,
    GovernedOrder,
    KeptFeedback,
    LedgerDown,
    Mode,
    ShownCard,
)
from service.operations.metrics import Metrics
from service.reviewing import Review
from service.settings import Settings

if TYPE_CHECKING:
    from service.ledger.store import Store

_A_DAY = 24 * 3600.0
_GRAVEST = ("investigational", "not-medically-necessary", "needs-information")


class Keeping:
    """Keeps calls behind the answers, and feedback before them."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._store: Store | None = None
        self._making = threading.Lock()
        self._next_sweep = 0.0
        self._recorder = Recorder(
            self.store,
            after=self._sweep,
            when_lost=self._lost,
            when_failed=self._failed,
        )

    def store(self) -> "Store":
        """Return the store; made at the first call."""
        with self._making:
            if self._store is None:
                from service.ledger.store import Store  # noqa: PLC0415  heavy, and rarely needed

                self._store = Store(
                    self._settings.database_address,
                    keeps_comments=self._settings.feedback_comments == "keep",
                )
            return self._store

    def keep_review(self, review: Review, *, tenant: str | None, service: str) -> None:
        """Have kept what came of a call; a call without a governed order leaves nothing."""
        if review.selection.orders:
            self._recorder.keep(call_record(review, tenant=tenant, service=service))

    def keep_unreadable(self, *, tenant: str | None, service: str) -> None:
        """Have kept that an order was governed, and that the record could not be read."""
        order = GovernedOrder(None, None, "record-unreadable", "live")
        self._recorder.keep(_record(tenant, service, (order,), ()))

    def keep_feedback(
        self, items: Sequence[FeedbackItem], *, tenant: str | None, service: str
    ) -> KeptFeedback:
        """Keep feedback for good before returning; raises LedgerDown."""
        return self.store().keep_feedback(items, tenant=tenant, service=service)

    def why_down(self) -> str | None:
        """Return why nothing can be kept now; None: it can."""
        try:
            self.store().check()
        except LedgerDown as error:
            return str(error)
        return None

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until what came so far is kept; tells whether it is."""
        return self._recorder.flush(timeout)

    def close(self, timeout: float = 10.0) -> None:
        """Keep what waits, then close the connections: the process ends."""
        lost = self._recorder.close(timeout)
        if lost:
            logs.log_warning("records-lost", calls=lost)
        if self._store is not None:
            self._store.close()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, LedgerDown):
            logs.log_warning("records-wait", reason=str(error))
        else:
            logs.log_fault(error, uuid.uuid4().hex)

    def _lost(self, calls: int) -> None:
        self._metrics.records_lost(calls)

    def _sweep(self) -> None:
        """Drop what is past its time, once a day."""
        if time.monotonic() < self._next_sweep:
            return
        self._next_sweep = time.monotonic() + _A_DAY
        try:
            self.store().drop_audit_older_than(self._settings.audit_retention_days)
        except LedgerDown as error:
            logs.log_warning("audit-not-swept", reason=str(error))


def call_record(review: Review, *, tenant: str | None, service: str) -> CallRecord:
    """Return what is kept of a call: policies, versions and outcomes; nothing of the patient."""
    findings = review.findings
    orders = [
        GovernedOrder(
            each.policy.id, _version(each), each.determination, review.mode_of(each.policy.id)
        )
        for each in findings
    ]
    spoken_of = {id(each.order) for each in findings}
    orders += [
        GovernedOrder(None, None, "no-policy-applies", "live")
        for order in review.selection.orders
        if id(order) not in spoken_of
    ]
    cards = [_shown(card, findings, "live") for card in review.cards]
    cards += [_shown(card, findings, "shadow") for card in review.shadow_cards]
    return _record(tenant, service, tuple(orders), tuple(cards))


def _record(
    tenant: str | None,
    service: str,
    orders: tuple[GovernedOrder, ...],
    cards: tuple[ShownCard, ...],
) -> CallRecord:
    return CallRecord(uuid.uuid4().hex, datetime.now(UTC), tenant, service, orders, cards)


def _shown(card: dict[str, Any], findings: Sequence[Finding], mode: Mode) -> ShownCard:
    topic = card["source"]["topic"]["code"]
    spoken = [each for each in findings if each.policy.topic == topic]
    determinations = {each.determination for each in spoken}
    return ShownCard(
        card["uuid"],
        spoken[0].policy.id,
        topic,
        _version(spoken[0]),
        next(each for each in _GRAVEST if each in determinations),
        mode,
    )


def _version(finding: Finding) -> str | None:
    effective = finding.version.effective
    return None if effective is None else effective.isoformat()
