"""The tables' version: what the database has, what this release needs, and the way there."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

_MIGRATIONS = Path(__file__).parent / "migrations"
_ADVISORY_LOCK = 7_263_549_011  # any number that nobody else uses in this database


def newest() -> str:
    """Return the revision that this release needs."""
    return str(_script().get_current_head())


def present(connection: Connection) -> str | None:
    """Return the revision of the database; None: it has none of our tables."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine) -> tuple[str | None, str]:
    """Bring the database to this release's tables; returns the revisions before and after.

    Safe beside other processes that do the same: one goes first, the others find it done.
    """
    script = _script()
    with _alone(engine), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
        before = present(connection)
        steps = EnvironmentContext(
            Config(),
            script,
            fn=lambda at, _: script._upgrade_revs("head", at),  # noqa: SLF001
        )
        steps.configure(connection=connection)
        steps.run_migrations()
        return before, str(present(connection))


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(_MIGRATIONS))


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Hold a lock beside an SQLite file: its own lock does not span the steps."""
    if engine.dialect.name != "sqlite":
        yield
        return
    with Path(f"{engine.url.database}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
