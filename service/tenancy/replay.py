"""Remembers which tokens were used, over all workers and replicas: a token counts once.

Only a digest is kept, until the token would have expired anyway. The libraries of the stores are
imported when the first token comes, as most installations need one of them or none.
"""

import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from service.errors import MemoryUnreachable

_PREFIX = "transplant-cds:token:"
_REDIS_SECONDS = 1.0
_PRUNED_EVERY = 60.0
# A file has one writer: who finds it busy sleeps for milliseconds, so threads stand in line for
# the one connection instead.
_ONE_WRITER: Mapping[str, Any] = {
    "connect_args": {"timeout": 5},
    "pool_size": 1,
    "max_overflow": 0,
    "pool_timeout": 5,
}


class ReplayMemory(Protocol):
    """What knows which tokens were used."""

    def is_first_use(self, digest: str, seconds: float) -> bool:
        """Remember *digest* for so long; false if it was there. Raises MemoryUnreachable."""


class RedisReplay:
    """In Redis: `SET … NX EX`, one round trip."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._client: Any = None

    def is_first_use(self, digest: str, seconds: float) -> bool:
        """Remember *digest* for so long; false if it was there. Raises MemoryUnreachable."""
        import redis  # noqa: PLC0415

        try:
            return bool(
                self._connected().set(_PREFIX + digest, 1, nx=True, ex=max(1, math.ceil(seconds)))
            )
        except redis.RedisError as error:
            raise MemoryUnreachable(f"Redis: {type(error).__name__}") from error

    def _connected(self) -> Any:
        import redis  # noqa: PLC0415

        with self._lock:
            if self._client is None:
                self._client = redis.Redis.from_url(
                    self._url,
                    socket_timeout=_REDIS_SECONDS,
                    socket_connect_timeout=_REDIS_SECONDS,
                )
            return self._client


class SqlReplay:
    """In a table of its own, `used_tokens`, of any database that SQLAlchemy knows."""

    def __init__(self, url: str, clock: Callable[[], float] = time.time) -> None:
        """*clock* says the seconds since 1970, as the same on every replica."""
        self._url = url
        self._clock = clock
        self._lock = threading.Lock()
        self._engine: Any = None
        self._table: Any = None
        self._insert: Any = None
        self._process = 0
        self._prune_at = 0.0

    def is_first_use(self, digest: str, seconds: float) -> bool:
        """Remember *digest* for so long; false if it was there. Raises MemoryUnreachable."""
        from sqlalchemy.exc import IntegrityError, SQLAlchemyError  # noqa: PLC0415

        now = self._clock()
        try:
            engine = self._connected()
            with engine.begin() as connection:
                if now >= self._prune_at:
                    self._prune_at = now + _PRUNED_EVERY
                    connection.execute(
                        self._table.delete().where(self._table.c.expires < math.floor(now))
                    )
                connection.execute(
                    self._insert, {"digest": digest, "expires": math.ceil(now + seconds)}
                )
        except IntegrityError:
            return False
        except (SQLAlchemyError, OSError) as error:
            raise MemoryUnreachable(f"database: {type(error).__name__}") from error
        return True

    def make_file(self) -> None:
        """Make the file of an SQLite database; raises MemoryUnreachable where that fails.

        A server may be down for a while when we start; a file that cannot be written stays so.
        """
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

        if not self._url.startswith("sqlite"):
            return
        try:
            _opened(self._url)[0].dispose()
        except (SQLAlchemyError, OSError) as error:
            raise MemoryUnreachable(f"database: {type(error).__name__}") from error

    def _connected(self) -> Any:
        """Return this process's engine: a connection must not be shared over a fork."""
        with self._lock:
            if self._engine is None or self._process != os.getpid():
                self._engine, self._table = _opened(self._url)
                self._insert = self._table.insert()
                self._process = os.getpid()
            return self._engine


def _opened(url: str) -> tuple[Any, Any]:
    """Return an engine and the table, made if it is not there."""
    import sqlalchemy  # noqa: PLC0415

    address = sqlalchemy.make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    is_sqlite = address.get_backend_name() == "sqlite"
    if is_sqlite and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sqlalchemy.create_engine(
        address,
        pool_pre_ping=not is_sqlite,
        hide_parameters=True,
        **(_ONE_WRITER if is_sqlite else {}),
    )
    if is_sqlite:
        sqlalchemy.event.listen(engine, "connect", _quick)
    table = sqlalchemy.Table(
        "used_tokens",
        sqlalchemy.MetaData(),
        sqlalchemy.Column("digest", sqlalchemy.String(64), primary_key=True),
        sqlalchemy.Column("expires", sqlalchemy.BigInteger, nullable=False, index=True),
    )
    try:
        table.metadata.create_all(engine)
    except sqlalchemy.exc.DBAPIError:
        # Another worker made it at the same moment; where it did not, this fails again.
        table.metadata.create_all(engine)
    return engine, table


def _quick(connection: Any, _: Any) -> None:
    """Leave it to the system when it writes to the disk: a token is worth some minutes."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()
