"""The commands for what the service keeps: feedback, the audit trail, and the database's tables."""

import argparse
import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from service.errors import StartError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from service.ledger.counting import Report

_DAY = "YYYY-MM-DD"
_REPORT_COLUMNS = ("policy", "reason", "shown", "accepted", "overridden", "ignored", "in_shadow")


def add_to(commands: Any) -> None:
    """Add the commands to the parser's."""
    feedback = commands.add_parser("feedback", help="how cards were received").add_subparsers(
        title="actions", required=True, metavar="ACTION"
    )
    report = _action(
        feedback, "report", _report, "count cards by policy and reason: shown, accepted, ..."
    )
    report.add_argument("--since", type=_day, metavar=_DAY, help="cards from this day on (UTC)")
    report.add_argument("--before", type=_day, metavar=_DAY, help="cards before this day (UTC)")
    report.add_argument("--csv", action="store_true", help="as CSV")
    export = _action(feedback, "export", _export_feedback, "write all feedback as CSV")
    export.add_argument(
        "--with-comments", action="store_true", help="also the free text, which may name patients"
    )
    export.add_argument("--to", type=Path, metavar="FILE", help="in place of standard output")
    purge = _action(feedback, "purge", _purge, "drop what was kept before a day, for good")
    purge.add_argument("--before", type=_day, metavar=_DAY, required=True)

    audit = commands.add_parser("audit", help="the audit trail of governed orders").add_subparsers(
        title="actions", required=True, metavar="ACTION"
    )
    export = _action(audit, "export", _export_audit, "write the audit trail as CSV")
    export.add_argument("--to", type=Path, metavar="FILE", help="in place of standard output")

    database = commands.add_parser("db", help="the database").add_subparsers(
        title="actions", required=True, metavar="ACTION"
    )
    _action(database, "upgrade", _upgrade, "bring the tables to this release")
    _action(database, "check", _check, "tell whether the service can keep what it should")


def _action(
    actions: Any, name: str, run: Callable[[argparse.Namespace], int], says: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(
        name, help=says, description=f"{says[:1].upper()}{says[1:]}."
    )
    parser.set_defaults(run=run)
    return parser


def _report(arguments: argparse.Namespace) -> int:
    from service.ledger.counting import count

    with _connected() as connection:
        report = count(connection, since=arguments.since, before=arguments.before)
    rows = list(_report_rows(report))
    if arguments.csv:
        _write_csv(rows, _REPORT_COLUMNS, sys.stdout)
    else:
        _print_table(rows)
    return 0


def _report_rows(report: "Report") -> Iterator[dict[str, Any]]:
    """Yield a row for each policy and below it one for each reason; last the unknown cards."""
    for each in report.policies:
        yield {
            "policy": each.policy,
            "shown": each.shown,
            "accepted": each.accepted,
            "overridden": each.overridden,
            "ignored": each.ignored,
            "in_shadow": each.in_shadow,
        }
        for reason, number in each.reasons.items():
            yield {"policy": each.policy, "reason": reason, "overridden": number}
    if report.unknown_accepted or report.unknown_overridden:
        yield {
            "policy": "(unknown cards)",
            "accepted": report.unknown_accepted,
            "overridden": report.unknown_overridden,
        }


def _print_table(rows: Sequence[dict[str, Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE, title="Cards by policy", title_justify="left")
    table.add_column("policy, reason of override")
    for name in _REPORT_COLUMNS[2:]:
        table.add_column(name.replace("_", " "), justify="right")
    for row in rows:
        named = f"  {row['reason']}" if "reason" in row else row["policy"]
        table.add_row(Text(named), *(str(row.get(name, "")) for name in _REPORT_COLUMNS[2:]))
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=120)
    console.print(table if rows else "No card was shown, and no feedback has come.")


def _export_feedback(arguments: argparse.Namespace) -> int:
    from service.ledger.exporting import export_feedback, feedback_columns

    columns = feedback_columns(with_comments=arguments.with_comments)
    with _connected() as connection, _opened(arguments.to) as to:
        rows = export_feedback(connection, with_comments=arguments.with_comments)
        _write_csv(rows, columns, to)
    return 0


def _export_audit(arguments: argparse.Namespace) -> int:
    from service.ledger.exporting import AUDIT_COLUMNS, export_audit

    with _connected() as connection, _opened(arguments.to) as to:
        _write_csv(export_audit(connection), AUDIT_COLUMNS, to)
    return 0


def _purge(arguments: argparse.Namespace) -> int:
    from service.ledger.exporting import purge

    with _connected() as connection:
        purged = purge(connection, arguments.before)
    print(
        f"dropped: {purged.feedback} feedback, {purged.shown_cards} shown cards, "
        f"{purged.audit} lines of the audit trail"
    )
    return 0


def _upgrade(_: argparse.Namespace) -> int:
    from service.ledger.schema import upgrade

    with _engine() as engine:
        before, after = upgrade(engine)
    told = "was made" if before is None else f"came from revision {before}"
    print(f"the database is at revision {after}" + ("" if before == after else f"; it {told}"))
    return 0


def _check(_: argparse.Namespace) -> int:
    from service.ledger.records import LedgerDown
    from service.ledger.store import Store
    from service.settings import Settings

    store = Store(Settings.from_env().database_address)
    try:
        store.check()
    except LedgerDown as error:
        raise StartError(_down(error)) from error
    finally:
        store.close()
    print("the database answers and has the tables of this release")
    return 0


@contextmanager
def _connected() -> "Iterator[Connection]":
    """Yield a connection in a transaction, to a database that has our tables."""
    from service.ledger.store import refuse_older

    with _engine() as engine, engine.begin() as connection:
        refuse_older(connection)
        yield connection


@contextmanager
def _engine() -> "Iterator[Engine]":
    """Yield the engine; a failure of the database ends the command with one line."""
    from sqlalchemy.exc import SQLAlchemyError

    from service.ledger.engine import open_engine
    from service.ledger.records import LedgerDown
    from service.settings import Settings

    settings = Settings.from_env()
    try:
        engine = open_engine(settings.database_address, in_haste=False)
        try:
            yield engine
        finally:
            engine.dispose()
    except LedgerDown as error:
        raise StartError(_down(error)) from error
    except (SQLAlchemyError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        kind = type(getattr(error, "orig", None) or error).__name__
        raise StartError(_down(kind)) from error


def _down(reason: object) -> str:
    return (
        f"TRANSPLANT_CDS_DATABASE_URL: the database cannot be used ({reason}). Start it, or mend "
        "the address; `transplant-cds db upgrade` makes the tables"
    )


@contextmanager
def _opened(to: Path | None) -> Iterator[TextIO]:
    """Yield the file to write to, or standard output; StartError names the option and the cure."""
    if to is None:
        yield sys.stdout
        return
    try:
        file = to.open("w", encoding="utf-8", newline="")
    except OSError as error:
        cure = "name a file in a folder that is there and may be written to"
        raise StartError(f"--to {to}: {error.strerror}; {cure}") from error
    with file:
        yield file


def _write_csv(rows: Iterable[dict[str, Any]], columns: Sequence[str], file: TextIO) -> None:
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _harmless(value) for name, value in row.items()})


def _harmless(value: Any) -> Any:
    """Return the value so that a spreadsheet takes it for a text and not for a formula."""
    risky = isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if risky else value


def _day(written: str) -> datetime:
    try:
        day = datetime.strptime(written, "%Y-%m-%d").date()  # noqa: DTZ007  a day, no time
    except ValueError:
        raise argparse.ArgumentTypeError(f"write a day as {_DAY}") from None
    return datetime.combine(day, time(), UTC)
