"""Runs the benchmark, `python -m benchmarks`: prints a table and writes `result.json`."""

import argparse
import platform
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks import cases
from benchmarks.cases import Effort, Row

_CHOICES = ((1, 4), (1, 16), (1, 32), (1, 64), (2, 16))
_WIDTH = 150


def main() -> int:
    """Measure what was asked for; the exit status says whether every target was met."""
    asked = _arguments()
    effort = Effort(asked.seconds, asked.rounds)
    groups: Mapping[str, Callable[[], Iterator[Row]]] = {
        "floor": lambda: cases.against_floor(effort, None),
        "sync-floor": lambda: cases.against_floor(effort, "sync"),
        "tokens": lambda: cases.with_tokens(effort),
        "records": lambda: cases.large_records(effort),
        "fetching": lambda: cases.fetching(effort),
        "start": lambda: cases.starting(effort),
        "saved": lambda: cases.saved_requests(10_000),
        "waiting": lambda: cases.waiting(effort, _CHOICES),
    }
    unknown = set(asked.groups) - set(groups)
    if unknown:
        sys.stderr.write(f"unknown: {', '.join(unknown)}; there are {', '.join(groups)}\n")
        return 2
    # Threads and workers are only compared when asked for.
    chosen = asked.groups or [name for name in groups if name != "waiting"]
    rows: list[Row] = []
    for name in chosen:
        for row in groups[name]():
            rows.append(row)
            sys.stderr.write(f"{row.case}: {row.measure} {row.ours:.2f}\n")
    Console(width=_WIDTH).print(_table(rows))
    content = {
        "python": platform.python_version(),
        "effort": {"seconds": effort.seconds, "rounds": effort.rounds},
        "rows": [row.as_json() for row in rows],
    }
    asked.output.write_bytes(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
    return 0 if all(row.is_met for row in rows) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("groups", nargs="*", help="of the cases; all if none is named")
    parser.add_argument("--seconds", type=float, default=1.5, help="of one turn")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each, floor and service")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "result.json")
    return parser.parse_args()


def _table(rows: list[Row]) -> Table:
    table = Table("case", "measure", "ours", "floor", "ratio", "spread", "target", "")
    for row in rows:
        table.add_row(
            row.case,
            row.measure,
            f"{row.ours:.2f}",
            "" if row.floor is None else f"{row.floor:.2f}",
            "" if row.ratio is None else f"{row.ratio:.2f}",
            f"{row.least:.2f}-{row.most:.2f}",
            row.target,
            "" if not row.target else "met" if row.is_met else "missed",
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
