"""The tables as the newest migration leaves them; `migrations/versions` is how they came about."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """A moment. SQLite keeps no time zone: there it is UTC, written without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment as the database takes it."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


NO_TENANT = ""
"""A tenant is part of keys, and a key cannot be null."""

LONGEST_CARD_ID = 200
LONGEST_CODE = 500

metadata = MetaData()

shown_cards = Table(
    "shown_card",
    metadata,
    Column("tenant", String(200), primary_key=True),
    Column("card", String(LONGEST_CARD_ID), primary_key=True),
    Column("policy", String(200), nullable=False),
    Column("topic", String(100), nullable=False),
    Column("version", String(10)),
    Column("determination", String(40), nullable=False),
    Column("mode", String(10), nullable=False),
    Column("shown_at", UtcTime, nullable=False),
    Index("shown_card_by_time", "shown_at"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("tenant", String(200), nullable=False),
    Column("service", String(100), nullable=False),
    Column("card", String(LONGEST_CARD_ID), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("outcome_at", UtcTime, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("reason_system", String(LONGEST_CODE)),
    Column("reason_code", String(LONGEST_CODE)),
    Column("comment", Text),
    Column("suggestions", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    UniqueConstraint("fingerprint", name="feedback_once"),
    Index("feedback_by_card", "tenant", "card"),
    Index("feedback_by_time", "received_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("call", String(32), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("tenant", String(200), nullable=False),
    Column("service", String(100), nullable=False),
    Column("policy", String(200)),
    Column("version", String(10)),
    Column("outcome", String(40), nullable=False),
    Column("mode", String(10), nullable=False),
    Index("audit_by_time", "at"),
)

REVISION = "0001"
"""The newest migration. Revisions are numbers of four digits, so that older is smaller."""
