"""The commands for what is kept: report, export, purge, audit, db; on SQLite and PostgreSQL."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from service.command.cli import main
from service.ledger.store import Store
from service.ledger.tables import REVISION
from tests.ledger.test_store import SIGN, call, told


@pytest.fixture
def filled(store: Store, address: str, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A database that the commands use: three cards shown, two fed back, and one unknown."""
    monkeypatch.setenv("TRANSPLANT_CDS_DATABASE_URL", address)
    store.keep_calls([call(1, "a", "b", "c", tenant="north")])
    items = [told("a", "accepted"), told("b", reason="contra"), told("?")]
    items[1] = replace(items[1], comment="=Anna's request")
    store.keep_feedback(items, tenant="north", service=SIGN)
    return store


def rows(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.usefixtures("filled")
def test_report(capsys: pytest.CaptureFixture[str]) -> None:
    """The CSV has a line for the policy, one for the reason below it, and one for unknown cards."""
    assert 0 == main(["feedback", "report", "--csv"])

    columns = ("policy", "reason", "shown", "accepted", "overridden", "ignored")
    assert [
        ("cigna/0261", "", "3", "1", "1", "1"),
        ("cigna/0261", "contra", "", "", "1", ""),
        ("(unknown cards)", "", "", "0", "1", ""),
    ] == [tuple(row[each] for each in columns) for row in rows(capsys.readouterr().out)]

    assert 0 == main(["feedback", "report", "--since", "2025-11-22"])
    assert "cigna/0261" not in capsys.readouterr().out


@pytest.mark.usefixtures("filled")
def test_exports(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Comments are left out unless asked for, and then no spreadsheet takes one for a formula."""
    assert 0 == main(["feedback", "export"])
    plain = capsys.readouterr().out
    assert 0 == main(["feedback", "export", "--with-comments", "--to", str(tmp_path / "all.csv")])
    whole = rows((tmp_path / "all.csv").read_text())
    assert 0 == main(["audit", "export"])
    trail = rows(capsys.readouterr().out)

    assert "Anna" not in plain
    assert ["True", "True", "False"] == [row["known"] for row in rows(plain)]
    assert ["", "'=Anna's request", ""] == [row["comment"] for row in whole]
    assert [("north", "cigna/0261", "investigational")] == [
        (row["tenant"], row["policy"], row["outcome"]) for row in trail
    ]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("command", [["feedback", "export"], ["audit", "export"]])
def test_an_export_to_nowhere(
    command: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The option and the cure are named: the database is not to blame."""
    assert 2 == main([*command, "--to", str(tmp_path / "none" / "all.csv")])

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"transplant-cds: --to {tmp_path}/none/all.csv: No such file")
    assert "name a file in a folder that is there" in line


@pytest.mark.usefixtures("filled")
def test_purge(capsys: pytest.CaptureFixture[str]) -> None:
    """What is dropped is told."""
    assert 0 == main(["feedback", "purge", "--before", "2025-11-22"])
    assert 0 == main(["feedback", "purge", "--before", "2999-01-01"])

    assert [
        "dropped: 0 feedback, 3 shown cards, 1 lines of the audit trail",
        "dropped: 3 feedback, 0 shown cards, 0 lines of the audit trail",
    ] == capsys.readouterr().out.splitlines()


@pytest.mark.usefixtures("filled")
def test_database(capsys: pytest.CaptureFixture[str]) -> None:
    """A database of this release needs no upgrade, and can be used."""
    assert 0 == main(["db", "upgrade"])
    assert 0 == main(["db", "check"])

    first, second = capsys.readouterr().out.splitlines()
    assert f"the database is at revision {REVISION}" == first
    assert "the database answers" in second


@pytest.mark.parametrize("command", [["feedback", "report"], ["db", "upgrade"], ["db", "check"]])
@pytest.mark.parametrize(
    "address", ["postgresql://cds:s3cret@127.0.0.1:1/none", "sqlite:////proc/none/file"]
)
def test_a_database_that_is_not_there(
    command: list[str],
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line says so, with exit status 2, and holds no password."""
    monkeypatch.setenv("TRANSPLANT_CDS_DATABASE_URL", address)

    assert 2 == main(command)

    said = capsys.readouterr().err
    assert said.startswith("transplant-cds: TRANSPLANT_CDS_DATABASE_URL: the database")
    assert "Start it, or mend the address" in said
    assert 1 == len(said.splitlines())
    assert "s3cret" not in said
