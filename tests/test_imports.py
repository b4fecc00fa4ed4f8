"""Holds the shape of the code: `cards` is pure, and each door to the world has one keeper."""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent
CARDS = sorted((REPOSITORY / "cards").rglob("*.py"))
SERVICE = sorted((REPOSITORY / "service").rglob("*.py"))

OUTSIDE_CARDS = frozenset(
    "service tests fixtures"
    " flask werkzeug gunicorn jinja2"
    " requests urllib urllib3 http httpx socket ssl asyncio"
    " os sys subprocess shutil tempfile pydantic_settings dotenv"
    " time logging structlog random secrets".split()
)
"""What the core never imports: the shell, the network, the environment, a clock, chance."""

CONNECTING = frozenset(
    "requests urllib3 http.client httpx aiohttp socket urllib.request ftplib smtplib".split()
)
"""Whatever can open a connection; `http.cookiejar` and `urllib.parse` cannot."""

CLOCKS = frozenset(
    "datetime.now datetime.utcnow datetime.today date.today time.time time.time_ns"
    " time.localtime time.gmtime time.monotonic".split()
)

ENVIRONMENT = frozenset("os.environ os.environb os.getenv os.putenv".split())

FILE_READERS = frozenset({"cards/library.py"})
"""The one module of the core that reads files, once, when the service starts."""


@dataclass(frozen=True)
class Use:
    """A name that a module imports or refers to, dotted, and where."""

    name: str
    line: int


def imports(source: str) -> Iterator[Use]:
    """Yield every module that *source* imports, at any depth, as `package.module.name`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Use(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import hides where it leads"
            yield from (Use(f"{node.module}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call) and _dotted(node.func) in (
            "__import__",
            "import_module",
            "importlib.import_module",
        ):
            yield Use("an import by a name made at run time", node.lineno)


def references(source: str) -> Iterator[Use]:
    """Yield every dotted name of *source*, by the name under which it was imported."""
    tree = ast.parse(source)
    meant = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    } | {
        alias.asname: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.asname
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, dot, rest = _dotted(node).partition(".")
            if first:
                yield Use(meant.get(first, first) + dot + rest, node.lineno)


def _dotted(node: ast.expr) -> str:
    """Return `a.b.c` for names and attributes of names, and nothing for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{owner}.{node.attr}" if (owner := _dotted(node.value)) else ""
    return ""


def leads_to(use: Use, modules: frozenset[str]) -> bool:
    """Tell whether *use* is one of *modules* or lies within it."""
    return any(use.name == module or use.name.startswith(f"{module}.") for module in modules)


def ends_with(use: Use, names: frozenset[str]) -> bool:
    """Tell whether *use* is one of *names*, however the way to it is written."""
    return any(f".{use.name}".endswith(f".{name}") for name in names)


def _relative(file: Path) -> str:
    return file.relative_to(REPOSITORY).as_posix()


def _found(files: list[Path], uses: Iterator[tuple[Path, Use]]) -> list[str]:
    assert files, "there is something to look at"
    return [f"{_relative(file)}:{use.line}: {use.name}" for file, use in uses]


def test_the_core_imports_nothing_from_the_world() -> None:
    """Cards decides and words: no shell, network, environment, process, log or clock."""
    assert [] == _found(
        CARDS,
        (
            (file, use)
            for file in CARDS
            for use in imports(file.read_text())
            if leads_to(use, OUTSIDE_CARDS | {"an import by a name made at run time"})
        ),
    )


def test_the_core_has_no_clock() -> None:
    """What day it is, is an argument: the same record gives the same findings for ever."""
    assert [] == _found(
        CARDS,
        (
            (file, use)
            for file in CARDS
            for use in references(file.read_text())
            if ends_with(use, CLOCKS)
        ),
    )


def test_one_module_of_the_core_reads_files() -> None:
    """Policies and clinical knowledge are read by the library and nowhere else."""
    opening = frozenset(
        "open read_text read_bytes pathlib.Path importlib.resources.files safe_load".split()
    )
    assert [] == _found(
        CARDS,
        (
            (file, use)
            for file in CARDS
            if _relative(file) not in FILE_READERS
            for use in references(file.read_text())
            if ends_with(use, opening)
        ),
    )


def test_only_the_doors_open_connections() -> None:
    """Whatever leaves, leaves over guarded connections; `worker` only ends those that came in."""
    keepers = frozenset(
        {
            "service/fhir/connections.py",
            "service/fhir/outbound.py",
            "service/fhir/sessions.py",
            "service/listening.py",  # binds, and connects to nothing
            "service/worker.py",
        }
    )
    assert [] == _found(
        SERVICE,
        (
            (file, use)
            for file in SERVICE
            if _relative(file) not in keepers
            for use in imports(file.read_text())
            if leads_to(use, CONNECTING)
        ),
    )


def test_one_package_knows_the_database() -> None:
    """SQL is the ledger's; what else needs it imports it from there, when it is needed."""
    database = frozenset("sqlalchemy alembic psycopg sqlite3".split())
    may = {
        "service/command/ledger.py",  # reads out and upgrades, never on the way of a call
        "service/tenancy/replay.py",  # used tokens, a table of its own that no feedback depends on
    }
    assert [] == _found(
        SERVICE,
        (
            (file, use)
            for file in SERVICE
            if _relative(file) not in may and not _relative(file).startswith("service/ledger/")
            for use in imports(file.read_text())
            if leads_to(use, database)
        ),
    )


def test_the_database_is_not_imported_on_the_way_of_a_card() -> None:
    """A service starts, and answers what no policy governs, without the database's library."""
    program = (
        "import sys\n"
        "from service.app import create_app\n"
        "from service.settings import Settings\n"
        "client = create_app(Settings(), stories=()).test_client()\n"
        "assert client.get('/cds-services').status_code == 200\n"
        "print([each for each in ('sqlalchemy', 'alembic', 'psycopg') if each in sys.modules])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=REPOSITORY
    )

    assert (0, "[]") == (done.returncode, done.stdout.splitlines()[-1])


def test_one_module_reads_the_environment() -> None:
    """A setting that `service.settings` does not name cannot change what the service does."""
    assert [] == _found(
        SERVICE,
        (
            (file, use)
            for file in SERVICE
            if _relative(file) != "service/settings.py"
            for use in (*imports(file.read_text()), *references(file.read_text()))
            if leads_to(use, ENVIRONMENT | {"pydantic_settings", "dotenv"})
        ),
    )


def test_nothing_that_ships_imports_what_does_not() -> None:
    """Tests and stories know the code; the code does not know them."""
    assert [] == _found(
        CARDS + SERVICE,
        (
            (file, use)
            for file in CARDS + SERVICE
            for use in imports(file.read_text())
            if leads_to(use, frozenset({"tests", "fixtures", "conftest", "pytest"}))
        ),
    )


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import os.path", "os.path"),
        ("from service import settings", "service.settings"),
        ("def later():\n    import requests as polite", "requests"),
        ("import importlib\nimportlib.import_module('os')", "an import by a name made at run time"),
    ],
)
def test_an_import_is_seen(source: str, name: str) -> None:
    """An import is found inside functions too, under other names, and at run time."""
    assert name in [use.name for use in imports(source)]


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import date\ndate.today()",
        "from datetime import datetime as clock\nclock.now(None)",
        "import datetime as dt\ndt.datetime.now()",
        "import datetime\nnow = datetime.datetime.now",
        "from time import monotonic as ticks\nticks()",
    ],
)
def test_a_clock_is_seen(source: str) -> None:
    """A clock is found however it is imported, called or only passed on."""
    assert any(ends_with(use, CLOCKS) for use in references(source))


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['HOME']",
        "from os import environ as air\nair.get('HOME')",
        "from os import getenv\ngetenv('HOME')",
    ],
)
def test_the_environment_is_seen(source: str) -> None:
    """A look at the environment is found however it is imported."""
    uses = (*imports(source), *references(source))
    assert any(leads_to(use, ENVIRONMENT) for use in uses)


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import date, datetime, time",
        "chart.today",
        "date.fromisoformat('2026-11-21')",
    ],
)
def test_dates_are_no_clock(source: str) -> None:
    """The types of dates and times may be used freely."""
    assert not any(ends_with(use, CLOCKS) for use in references(source))


def at_start(source: str) -> Iterator[Use]:
    """Yield what *source* imports while it is itself imported: not in functions, nor for types."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports(ast.unparse(node))


def order_of_import(sources: Mapping[str, str]) -> list[str]:
    """Return the modules, each behind those that it imports; raises CycleError for a circle."""
    needed = {
        name: {
            module
            for use in at_start(source)
            if (module := use.name if use.name in sources else use.name.rpartition(".")[0])
            in sources
        }
        for name, source in sources.items()
    }
    return list(TopologicalSorter(needed).static_order())


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    """No module depends on another having been imported before it."""
    sources = {
        ".".join(path.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path.read_text()
        for path in (*CARDS, *SERVICE)
    }

    ordered = order_of_import(sources)

    assert len(sources) == len(ordered) > 100
    assert ordered.index("cards.values.kleene") < ordered.index("cards.review")
    assert ordered.index("cards.review") < ordered.index("service.app")


def test_a_circle_is_seen() -> None:
    """Two modules that import each other are found; an import in a function makes no circle."""
    with pytest.raises(CycleError):
        order_of_import({"a": "import b", "b": "from a import thing"})
    assert ["a", "b"] == order_of_import({"b": "import a", "a": "def later():\n    import b"})


def test_what_is_not_configured_is_not_imported() -> None:
    """Without tenants, rates and database, the service starts without their libraries."""
    program = (
        "import sys\n"
        "from service.app import create_app\n"
        "from service.settings import Settings\n"
        "create_app(Settings(), stories=())\n"
        "print([each for each in sys.argv[1:] if each in sys.modules])"
    )
    heavy = ("jwt", "cryptography", "redis", "limits", "sqlalchemy")

    done = subprocess.run(
        [sys.executable, "-c", program, *heavy], capture_output=True, text=True, check=True
    )

    assert "[]" == done.stdout.strip()
