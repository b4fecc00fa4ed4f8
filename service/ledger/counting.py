"""Counts how cards were received: shown, accepted, overridden and why, ignored; by policy."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, func, select

from service.ledger.records import code_or_other
from service.ledger.tables import feedback, shown_cards

NO_REASON = "no reason given"


@dataclass(frozen=True, slots=True)
class Reception:
    """How the cards of one policy were received. Each card counts once, by its latest feedback."""

    policy: str
    shown: int
    accepted: int
    overridden: int
    reasons: Mapping[str, int] = field(default_factory=dict)
    """The overridden cards by the code of the reason, the most frequent first."""

    in_shadow: int = 0
    """Cards that would have been shown, had the policy not worked in shadow."""

    @property
    def ignored(self) -> int:
        """Cards without feedback; the latest of them may still get some."""
        return self.shown - self.accepted - self.overridden


@dataclass(frozen=True, slots=True)
class Report:
    """What came of all cards of a time."""

    policies: tuple[Reception, ...]
    """By the name of the policy."""

    unknown_accepted: int
    """Feedback on cards that we do not know as shown."""

    unknown_overridden: int


def count(
    connection: Connection, *, since: datetime | None = None, before: datetime | None = None
) -> Report:
    """Count the cards that were shown from *since* (inclusive) to *before* (exclusive).

    Feedback on unknown cards is taken by the time at which it came.
    """
    latest = _latest()
    of_card = and_(latest.c.tenant == shown_cards.c.tenant, latest.c.card == shown_cards.c.card)
    statement = (
        select(
            shown_cards.c.policy,
            shown_cards.c.mode,
            latest.c.outcome,
            latest.c.reason_code,
            func.count(),
        )
        .select_from(shown_cards.outerjoin(latest, of_card))
        .where(*_between(shown_cards.c.shown_at, since, before))
        .group_by(shown_cards.c.policy, shown_cards.c.mode, latest.c.outcome, latest.c.reason_code)
    )
    rows = [tuple(row) for row in connection.execute(statement)]
    by_policy: dict[str, list[tuple[str, str | None, str | None, int]]] = defaultdict(list)
    for policy, mode, outcome, reason, number in rows:
        by_policy[policy].append((mode, outcome, reason, number))
    unknown = (
        select(latest.c.outcome, func.count())
        .select_from(latest.outerjoin(shown_cards, of_card))
        .where(shown_cards.c.card.is_(None), *_between(latest.c.received_at, since, before))
        .group_by(latest.c.outcome)
    )
    strangers = {row[0]: row[1] for row in connection.execute(unknown)}
    return Report(
        tuple(_reception(policy, by_policy[policy]) for policy in sorted(by_policy)),
        strangers.get("accepted", 0),
        strangers.get("overridden", 0),
    )


def _latest() -> Subquery:
    """Return the latest feedback on each card.

    What came late is placed by its own time; a clock that runs ahead gets no further than the
    time at which its feedback came.
    """
    at = case(
        (feedback.c.outcome_at > feedback.c.received_at, feedback.c.received_at),
        else_=feedback.c.outcome_at,
    )
    ranked = select(
        feedback,
        func.row_number()
        .over(
            partition_by=(feedback.c.tenant, feedback.c.card),
            order_by=(at.desc(), feedback.c.id.desc()),
        )
        .label("place"),
    ).subquery()
    return select(ranked).where(ranked.c.place == 1).subquery()


def _between(
    column: ColumnElement[datetime], since: datetime | None, before: datetime | None
) -> list[ColumnElement[bool]]:
    return [
        *([column >= since] if since is not None else []),
        *([column < before] if before is not None else []),
    ]


def _reception(policy: str, rows: Iterable[tuple[str, str | None, str | None, int]]) -> Reception:
    shown = accepted = overridden = in_shadow = 0
    reasons: dict[str, int] = defaultdict(int)
    for mode, outcome, reason, number in rows:
        if mode == "shadow":
            in_shadow += number
            continue
        shown += number
        if outcome == "accepted":
            accepted += number
        elif outcome == "overridden":
            overridden += number
            reasons[_named(reason)] += number
    ordered = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    return Reception(policy, shown, accepted, overridden, dict(ordered), in_shadow)


def _named(reason: str | None) -> str:
    return NO_REASON if reason is None else code_or_other(reason)
