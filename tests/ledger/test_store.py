"""What is kept and how it is counted, the same on SQLite and PostgreSQL."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, select, text, update

from service.ledger.counting import NO_REASON, Reception, count
from service.ledger.engine import open_engine
from service.ledger.exporting import Purged, export_audit, export_feedback, purge
from service.ledger.records import (
    OTHER_REASON,
    CallRecord,
    FeedbackItem,
    GovernedOrder,
    LedgerDown,
    Mode,
    Outcome,
    ShownCard,
)
from service.ledger.schema import newest, upgrade
from service.ledger.store import Store
from service.ledger.tables import REVISION, audit, feedback, metadata

SIGN = "transplant-policy-order-sign"
NOON = datetime(2025, 11, 21, 12, tzinfo=UTC)
POLICY = "cigna/0261"


def call(
    number: int, *cards: str, tenant: str | None = None, mode: Mode = "live", at: datetime = NOON
) -> CallRecord:
    """Return a call that showed these cards."""
    return CallRecord(
        f"{number:032x}",
        at,
        tenant,
        SIGN,
        (GovernedOrder(POLICY, "2024-05-15", "investigational", mode),),
        tuple(
            ShownCard(each, POLICY, "Cigna0261", "2024-05-15", "investigational", mode)
            for each in cards
        ),
    )


def told(
    card: str, outcome: Outcome = "overridden", minutes: int = 0, reason: str | None = None
) -> FeedbackItem:
    """Return feedback of so many minutes after noon."""
    return FeedbackItem(card, outcome, NOON + timedelta(minutes=minutes), None, reason)


def keep(store: Store, *items: FeedbackItem, tenant: str | None = None) -> tuple[int, int]:
    """Deliver feedback; returns how many items were new and how many duplicates."""
    kept = store.keep_feedback(items, tenant=tenant, service=SIGN)
    return len(kept.new), kept.duplicates


def exported(engine: Engine, *, with_comments: bool = False) -> list[dict[str, Any]]:
    """Return the rows of an export of feedback."""
    with engine.begin() as connection:
        return list(export_feedback(connection, with_comments=with_comments))


def audited(engine: Engine) -> list[dict[str, Any]]:
    """Return the rows of an export of the audit trail."""
    with engine.begin() as connection:
        return list(export_audit(connection))


def only(receptions: Sequence[Reception]) -> Reception:
    """Return the one reception that there is."""
    (reception,) = receptions
    return reception


def test_cards_are_counted_by_what_became_of_them(store: Store) -> None:
    """Shown cards are accepted, overridden with a reason, or ignored."""
    store.keep_calls([call(1, "a", "b"), call(2, "c", "d", "e")])
    keep(store, told("a", "accepted"), told("b", reason="contra"), told("c"))

    report = store.report()

    expected = Reception(POLICY, 5, 1, 2, {NO_REASON: 1, "contra": 1})
    assert expected == only(report.policies)
    assert 2 == only(report.policies).ignored
    assert (0, 0) == (report.unknown_accepted, report.unknown_overridden)


def test_a_duplicate_counts_once(store: Store) -> None:
    """The same feedback twice, in one delivery or in two, is kept once."""
    store.keep_calls([call(1, "a")])

    assert [(1, 1), (0, 1), (1, 1)] == [
        keep(store, told("a"), told("a")),
        keep(store, told("a")),
        keep(store, told("a"), told("b")),
    ]
    assert 1 == only(store.report().policies).overridden


def test_a_moment_is_the_same_in_every_zone(store: Store) -> None:
    """A delivery that writes the moment with another offset is the same delivery."""
    from_india = datetime.fromisoformat("2025-11-21T17:30:00+05:30")

    assert [(1, 0), (0, 1)] == [
        keep(store, told("a")),
        keep(store, replace(told("a"), outcome_at=from_india)),
    ]


def test_the_latest_feedback_on_a_card_counts(store: Store) -> None:
    """What came late is placed by its own time, and all of it is kept."""
    store.keep_calls([call(1, "a")])
    keep(store, told("a", "accepted", minutes=5))
    keep(store, told("a", "overridden", minutes=1, reason="contra"))

    assert Reception(POLICY, 1, 1, 0) == only(store.report().policies)


def test_a_clock_that_runs_ahead_wins_nothing(store: Store, connection: Connection) -> None:
    """Feedback from the future counts as of the time at which it came."""
    store.keep_calls([call(1, "a")])
    keep(store, replace(told("a", "accepted"), outcome_at=datetime(2999, 1, 1, tzinfo=UTC)))
    connection.execute(update(feedback).values(received_at=NOON))
    keep(store, told("a", "overridden", minutes=1))

    assert (0, 1) == (
        only(store.report().policies).accepted,
        only(store.report().policies).overridden,
    )


def test_unknown_cards_are_kept_and_marked(store: Store, engine: Engine) -> None:
    """Feedback on a card that we do not know counts by itself, until the card becomes known."""
    keep(store, told("a", "accepted"), told("b"))

    assert [False, False] == [bool(row["known"]) for row in exported(engine)]
    assert (1, 1) == (store.report().unknown_accepted, store.report().unknown_overridden)

    store.keep_calls([call(1, "a")])
    assert [True, False] == [bool(row["known"]) for row in exported(engine)]
    assert (0, 1) == (store.report().unknown_accepted, store.report().unknown_overridden)


def test_tenants_are_kept_apart(store: Store) -> None:
    """One tenant's feedback says nothing about another's card of the same id."""
    store.keep_calls([call(1, "a", tenant="north"), call(2, "a", tenant="south")])
    keep(store, told("a"), tenant="north")
    keep(store, told("a"), tenant="east")

    report = store.report()

    assert (2, 1, 1) == (
        only(report.policies).shown,
        only(report.policies).overridden,
        report.unknown_overridden,
    )


def test_a_card_in_shadow_was_not_shown(store: Store) -> None:
    """Cards that were made and not sent are counted beside those that were shown."""
    store.keep_calls([call(1, "a"), call(2, "b", "c", mode="shadow")])

    assert (1, 2) == (
        only(store.report().policies).shown,
        only(store.report().policies).in_shadow,
    )


def test_a_call_is_kept_once(store: Store, engine: Engine) -> None:
    """A call that is written again, as the first answer was lost, changes nothing."""
    store.keep_calls([call(1, "a")])
    store.keep_calls([call(1, "a"), call(2, "a")])

    assert 2 == len(audited(engine))
    assert 1 == only(store.report().policies).shown


def test_reasons_that_are_no_codes_are_not_shown(store: Store) -> None:
    """A sentence in the place of a code may name a patient: it is counted and not quoted."""
    store.keep_calls([call(1, "a", "b")])
    keep(store, told("a", reason="Anna asked for it"), told("b", reason="snomed:123"))

    assert {OTHER_REASON: 1, "snomed:123": 1} == only(store.report().policies).reasons


def test_a_report_of_a_time(store: Store, connection: Connection) -> None:
    """The first day is in the report and the last is not."""
    store.keep_calls([call(1, "a"), call(2, "b", at=NOON + timedelta(days=1))])

    def shown(since: datetime | None, before: datetime | None) -> int:
        report = count(connection, since=since, before=before)
        return sum(each.shown for each in report.policies)

    day = timedelta(days=1)
    assert [2, 2, 1, 1, 0] == [
        shown(None, None),
        shown(NOON, NOON + day * 2),
        shown(NOON, NOON + day),
        shown(NOON + day, None),
        shown(NOON + day * 2, None),
    ]


def test_comments_leave_only_when_asked_for(store: Store, engine: Engine) -> None:
    """An export has no comments unless one asks for them."""
    keep(store, replace(told("a"), comment="Anna's request"))

    (plain,) = exported(engine)
    (whole,) = exported(engine, with_comments=True)

    assert "comment" not in plain
    assert "Anna's request" == whole["comment"]


def test_comments_can_be_dropped(address: str, engine: Engine) -> None:
    """Where comments are dropped, nothing that depends on one is kept."""
    store = Store(address, keeps_comments=False)
    both = [replace(told("a"), comment=each) for each in ("Anna's", "Berta's")]
    kept = store.keep_feedback(both, tenant=None, service=SIGN)
    store.close()

    (row,) = exported(engine, with_comments=True)
    assert (1, 1, None) == (len(kept.new), kept.duplicates, row["comment"])


def test_reasons_in_words_are_dropped_with_comments(address: str, engine: Engine) -> None:
    """Some EHRs send a sentence as the code: it is counted as another reason, and not kept."""
    store = Store(address, keeps_comments=False)
    reasons = [("urn:oid:1.2", "contra"), ("Anna's EHR", "Anna had it before")]
    sent = [replace(told(code), reason_system=system, reason_code=code) for system, code in reasons]
    store.keep_feedback(sent, tenant=None, service=SIGN)
    store.close()

    assert {("urn:oid:1.2", "contra"), (None, OTHER_REASON)} == {
        (row["reason_system"], row["reason_code"]) for row in exported(engine, with_comments=True)
    }


def test_a_large_batch(store: Store) -> None:
    """More items than fit into one statement are all kept."""
    items = [told(f"card-{number}") for number in range(510)]

    assert (510, 0) == keep(store, *items)
    assert (0, 510) == keep(store, *items)


def test_deliveries_side_by_side(store: Store) -> None:
    """The same delivery from many at once is kept once, and none of them fails."""
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _: keep(store, told("a"), told("b")), range(16)))

    assert (2, 30) == (sum(new for new, _ in kept), sum(again for _, again in kept))


def test_the_audit_trail(store: Store, engine: Engine) -> None:
    """Each governed order is a line: who asked, policy, version, outcome, and nothing clinical."""
    store.keep_calls([call(1, tenant="north")])

    assert [
        {
            "call": f"{1:032x}",
            "line": 0,
            "at": "2025-11-21T12:00:00+00:00",
            "tenant": "north",
            "service": SIGN,
            "policy": POLICY,
            "version": "2024-05-15",
            "outcome": "investigational",
            "mode": "live",
        }
    ] == audited(engine)


def test_what_is_past_its_time_is_dropped(store: Store, connection: Connection) -> None:
    """The audit trail is dropped by its age in days."""
    now = datetime.now(UTC)
    store.keep_calls([call(1, at=now - timedelta(days=31)), call(2, at=now - timedelta(days=29))])

    assert 1 == store.drop_audit_older_than(30)
    assert [f"{2:032x}"] == list(connection.execute(select(audit.c.call)).scalars())


def test_purge(store: Store, connection: Connection) -> None:
    """What was kept before a day goes; what was kept from then on stays."""
    later = NOON + timedelta(days=1)
    store.keep_calls([call(1, "a"), call(2, "b", at=later)])
    keep(store, told("a"), told("b"))
    connection.execute(update(feedback).where(feedback.c.card == "a").values(received_at=NOON))

    assert Purged(1, 1, 1) == purge(connection, later)
    assert Purged(0, 0, 0) == purge(connection, later)
    assert (1, 1) == (
        only(store.report().policies).shown,
        only(store.report().policies).overridden,
    )


def test_the_migrations_make_the_tables(connection: Connection) -> None:
    """What the migrations leave behind is what the code reads and writes."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})

    assert [] == compare_metadata(context, metadata)
    assert newest() == REVISION


def test_upgrades_side_by_side(address: str, engine: Engine) -> None:
    """Many that upgrade at once leave one set of tables, and each finds the newest revision."""
    with engine.begin() as connection:
        for name in (*metadata.tables, "alembic_version"):
            connection.execute(text(f"DROP TABLE {name}"))
    engines = [open_engine(address) for _ in range(4)]

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(upgrade, engines))

    for each in engines:
        each.dispose()
    assert [REVISION] * 4 == [after for _, after in done]
    assert 1 == [before for before, _ in done].count(None)


def test_old_tables_are_told(engine: Engine, store: Store) -> None:
    """A database behind this release is refused, with the cure; one ahead of it is not."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.check()

    try:
        with engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        with pytest.raises(LedgerDown, match="transplant-cds db upgrade"):
            store.check()
    finally:
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE alembic_version SET version_num = :is"), {"is": REVISION}
            )


def test_a_database_that_is_away_and_comes_back(store: Store, engine: Engine) -> None:
    """While tables are away feedback is refused, at once after the first time; then it is kept."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE feedback RENAME TO hidden"))
    refusals = []
    for _ in range(2):
        with pytest.raises(LedgerDown) as refused:
            keep(store, told("a"))
        refusals.append(str(refused.value))
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO feedback"))
    store.close()

    assert "the database failed a moment ago" == refusals[1] != refusals[0]
    store.forgive()
    assert (1, 0) == keep(store, told("a"))
