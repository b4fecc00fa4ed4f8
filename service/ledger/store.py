"""Keeps records in the database; the one door to it for the running service."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from sqlalchemy import Connection, Engine, Table, delete, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from service.ledger.counting import Report, count
from service.ledger.engine import open_engine
from service.ledger.records import CallRecord, FeedbackItem, KeptFeedback, LedgerDown
from service.ledger.tables import NO_TENANT, REVISION, audit, feedback, shown_cards

_ROWS_PER_STATEMENT = 500
_SIDE_BY_SIDE = 4
_TURN_SECONDS = 2.0
_PAUSE_SECONDS = 1.0


class Store:
    """The database behind *address*; connects when it is first used, and again after a failure.

    At most four deliveries of feedback are written side by side, and after a failure the next are
    refused for a second without a try: a database that hangs must not take the threads that
    answer with cards.
    """

    def __init__(self, address: str, *, keeps_comments: bool = True) -> None:
        self._address = address
        self._keeps_comments = keeps_comments
        self._engine: Engine | None = None
        self._opening = threading.Lock()
        self._turns = threading.BoundedSemaphore(_SIDE_BY_SIDE)
        self._refused_until = 0.0

    def keep_calls(self, calls: Sequence[CallRecord]) -> None:
        """Keep what was shown and the audit trail of *calls*; what is there already stays."""
        audited = [
            {
                "call": call.call,
                "line": line,
                "at": call.at,
                "tenant": call.tenant or NO_TENANT,
                "service": call.service,
                "policy": each.policy,
                "version": each.version,
                "outcome": each.outcome,
                "mode": each.mode,
            }
            for call in calls
            for line, each in enumerate(call.orders)
        ]
        shown = [
            {
                "tenant": call.tenant or NO_TENANT,
                "card": each.card,
                "policy": each.policy,
                "topic": each.topic,
                "version": each.version,
                "determination": each.determination,
                "mode": each.mode,
                "shown_at": call.at,
            }
            for call in calls
            for each in call.cards
        ]
        with self._begun() as connection:
            _insert_new(connection, audit, audited)
            _insert_new(connection, shown_cards, shown)

    def keep_feedback(
        self, items: Sequence[FeedbackItem], *, tenant: str | None, service: str
    ) -> KeptFeedback:
        """Keep feedback, each item once; when this returns, it is on the disk."""
        if time.monotonic() < self._refused_until:
            raise LedgerDown("the database failed a moment ago")
        if not self._turns.acquire(timeout=_TURN_SECONDS):
            raise LedgerDown("too much feedback waits for the database")
        try:
            return self._keep_feedback(items, tenant or NO_TENANT, service)
        except LedgerDown:
            self._refused_until = time.monotonic() + _PAUSE_SECONDS
            raise
        finally:
            self._turns.release()

    def _keep_feedback(
        self, items: Sequence[FeedbackItem], tenant: str, service: str
    ) -> KeptFeedback:
        received = datetime.now(UTC)
        if not self._keeps_comments:
            items = [item.without_free_text() for item in items]
        by_print = {self._fingerprint(item, tenant): item for item in items}
        rows = [
            {
                "tenant": tenant,
                "service": service,
                "card": item.card,
                "outcome": item.outcome,
                "outcome_at": item.outcome_at,
                "received_at": received,
                "reason_system": item.reason_system,
                "reason_code": item.reason_code,
                "comment": item.comment,
                "suggestions": json.dumps(item.suggestions),
                "fingerprint": fingerprint,
            }
            for fingerprint, item in by_print.items()
        ]
        with self._begun() as connection:
            new = _insert_new(connection, feedback, rows, returning="fingerprint")
        kept = tuple(by_print[each] for each in new)
        return KeptFeedback(kept, len(items) - len(kept))

    def drop_audit_older_than(self, days: int) -> int:
        """Drop the audit trail of more than *days* days ago; returns how many lines."""
        with self._begun() as connection:
            oldest = datetime.now(UTC) - timedelta(days=days)
            return connection.execute(delete(audit).where(audit.c.at < oldest)).rowcount

    def report(self) -> Report:
        """Return how all cards were received."""
        with self._begun() as connection:
            return count(connection)

    def check(self) -> None:
        """Raise LedgerDown unless the database answers and has the tables of this release."""
        with self._begun() as connection:
            refuse_older(connection)

    def forgive(self) -> None:
        """Try again at once, whatever failed a moment ago."""
        self._refused_until = 0.0

    def close(self) -> None:
        """Close the connections; the next use opens new ones."""
        with self._opening:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        """Yield a connection in a transaction that is committed at the end."""
        try:
            with self._opened().begin() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            _give_up(error)

    def _opened(self) -> Engine:
        with self._opening:
            if self._engine is None:
                engine = open_engine(self._address)
                if engine.dialect.name == "sqlite":
                    _upgrade_if_older(engine)
                self._engine = engine
            return self._engine

    def _fingerprint(self, item: FeedbackItem, tenant: str) -> str:
        """Return what two deliveries of the same feedback share, and no others."""
        said = [
            tenant,
            item.card,
            item.outcome,
            item.outcome_at.astimezone(UTC).isoformat(),
            item.reason_system,
            item.reason_code,
            item.comment,
            list(item.suggestions),
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def _insert_new(
    connection: Connection,
    table: Table,
    rows: Sequence[dict[str, Any]],
    returning: str | None = None,
) -> list[str]:
    """Insert the rows that are not there yet; returns that column of those that were inserted."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(table).on_conflict_do_nothing()
    if returning is None:
        if rows:
            connection.execute(statement, list(rows))
        return []
    inserted: list[str] = []
    for start in range(0, len(rows), _ROWS_PER_STATEMENT):
        some = list(rows[start : start + _ROWS_PER_STATEMENT])
        told = connection.execute(statement.values(some).returning(table.c[returning]))
        inserted += told.scalars()
    return inserted


def _revision(connection: Connection) -> str | None:
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def refuse_older(connection: Connection) -> None:
    """Raise LedgerDown unless the database has the tables of this release, or of a newer one."""
    # A newer one is fine: while a release is rolled out, the tables are there before the code.
    try:
        revision = _revision(connection)
    except SQLAlchemyError as error:
        if error.__class__.__name__ not in ("ProgrammingError", "OperationalError"):
            raise
        revision = None
    if revision is None or revision < REVISION:
        raise LedgerDown("the tables are missing or old: run `transplant-cds db upgrade`")


def _upgrade_if_older(engine: Engine) -> None:
    try:
        with engine.connect() as connection:
            refuse_older(connection)
    except LedgerDown:
        # Alembic is needed for this alone, once in the life of a database.
        from service.ledger.schema import upgrade  # noqa: PLC0415

        upgrade(engine)


def _give_up(error: BaseException) -> NoReturn:
    # What the driver says may quote an address or a value; its kind is enough to go on.
    cause = getattr(error, "orig", None) or error
    raise LedgerDown(f"{type(cause).__module__}.{type(cause).__qualname__}") from None
