"""The first tables: shown cards, feedback, audit.

A migration says its tables in full and imports none: it must do the same for ever.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "shown_card",
        sa.Column("tenant", sa.String(200), primary_key=True),
        sa.Column("card", sa.String(200), primary_key=True),
        sa.Column("policy", sa.String(200), nullable=False),
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("version", sa.String(10)),
        sa.Column("determination", sa.String(40), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
        sa.Column("shown_at", _MOMENT, nullable=False),
    )
    op.create_index("shown_card_by_time", "shown_card", ["shown_at"])
    op.create_table(
        "feedback",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("tenant", sa.String(200), nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("card", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("outcome_at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("reason_system", sa.String(500)),
        sa.Column("reason_code", sa.String(500)),
        sa.Column("comment", sa.Text),
        sa.Column("suggestions", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.UniqueConstraint("fingerprint", name="feedback_once"),
    )
    op.create_index("feedback_by_card", "feedback", ["tenant", "card"])
    op.create_index("feedback_by_time", "feedback", ["received_at"])
    op.create_table(
        "audit",
        sa.Column("call", sa.String(32), primary_key=True),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("tenant", sa.String(200), nullable=False),
        sa.Column("service", sa.String(100), nullable=False),
        sa.Column("policy", sa.String(200)),
        sa.Column("version", sa.String(10)),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("mode", sa.String(10), nullable=False),
    )
    op.create_index("audit_by_time", "audit", ["at"])
