"""A database for each test: an SQLite file, and then the same test on PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from service.ledger.engine import open_engine
from service.ledger.schema import upgrade
from service.ledger.store import Store
from service.ledger.tables import metadata
from tests.ledger.postgres import Postgres, running_postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL whose database has our tables."""
    with running_postgres() as server:
        engine = open_engine(server.address)
        upgrade(engine)
        engine.dispose()
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database with our tables and nothing in them."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    url: str = request.getfixturevalue("emptied_postgres").address
    return url


@pytest.fixture
def emptied_postgres(postgres: Postgres) -> Postgres:
    """The PostgreSQL, with nothing in its tables."""
    engine = open_engine(postgres.address)
    with engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))
    engine.dispose()
    return postgres


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """A store that keeps comments."""
    made = Store(address)
    made.check()
    yield made
    made.close()


@pytest.fixture
def engine(address: str, store: Store) -> Iterator[Engine]:
    """The database behind *store*."""
    assert store is not None
    made = open_engine(address)
    yield made
    made.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A look into the database behind *store*; each statement sees what is there by then."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as made:
        yield made
