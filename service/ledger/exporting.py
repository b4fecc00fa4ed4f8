"""Reads out what is kept, row by row, and drops what is older than a day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, select

from service.ledger.tables import audit, feedback, shown_cards

Row = dict[str, Any]

_FEEDBACK = (
    "received_at tenant service card known policy version determination outcome outcome_at"
    " reason_system reason_code suggestions"
)
FEEDBACK_COLUMNS: tuple[str, ...] = tuple(_FEEDBACK.split())
AUDIT_COLUMNS: tuple[str, ...] = tuple(each.name for each in audit.columns)


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were dropped."""

    feedback: int
    shown_cards: int
    audit: int


def feedback_columns(*, with_comments: bool) -> Sequence[str]:
    """Return the names of an export's columns; *known* says whether we know the card as shown."""
    return (*FEEDBACK_COLUMNS, "comment") if with_comments else FEEDBACK_COLUMNS


def export_feedback(connection: Connection, *, with_comments: bool) -> Iterator[Row]:
    """Yield each piece of feedback, in the order in which it came."""
    columns = feedback_columns(with_comments=with_comments)
    of_card = and_(feedback.c.tenant == shown_cards.c.tenant, feedback.c.card == shown_cards.c.card)
    own = [each for each in feedback.columns if each.name in columns]
    cards = [shown_cards.c.policy, shown_cards.c.version, shown_cards.c.determination]
    statement = (
        select(*own, *cards, shown_cards.c.card.is_not(None).label("known"))
        .select_from(feedback.outerjoin(shown_cards, of_card))
        .order_by(feedback.c.id)
    )
    yield from _rows(connection, statement, columns)


def export_audit(connection: Connection) -> Iterator[Row]:
    """Yield the audit trail, the oldest first."""
    statement = select(audit).order_by(audit.c.at, audit.c.call, audit.c.line)
    yield from _rows(connection, statement, AUDIT_COLUMNS)


def purge(connection: Connection, before: datetime) -> Purged:
    """Drop what was kept before that moment."""
    return Purged(
        connection.execute(delete(feedback).where(feedback.c.received_at < before)).rowcount,
        connection.execute(delete(shown_cards).where(shown_cards.c.shown_at < before)).rowcount,
        connection.execute(delete(audit).where(audit.c.at < before)).rowcount,
    )


def _rows(connection: Connection, statement: Any, columns: Sequence[str]) -> Iterator[Row]:
    result = connection.execute(statement.execution_options(yield_per=500))
    for row in result.mappings():
        yield {name: _plain(row[name]) for name in columns}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
