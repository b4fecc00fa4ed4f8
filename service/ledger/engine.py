"""Connections to the database: SQLite or PostgreSQL, with an end to every wait."""

import os
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

POOL = 6
"""Connections of one process: four for feedback, one for what was shown, one for probes."""

_WAIT_SECONDS = 3
_POSTGRESQL = {
    "connect_timeout": _WAIT_SECONDS,
    # A server that has vanished is noticed, and none of its locks is waited for without end.
    "tcp_user_timeout": 5000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "application_name": "transplant-cds",
}
_IN_HASTE = {"options": "-c statement_timeout=5000 -c lock_timeout=3000"}


def open_engine(address: str, *, in_haste: bool = True) -> Engine:
    """Return the engine for *address*; an SQLite file is made if need be, for its owner alone.

    *in_haste*: no statement may take long, as somebody waits for an answer.
    """
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={**_POSTGRESQL, **(_IN_HASTE if in_haste else {})},
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
    )


def _sqlite(url: URL) -> Engine:
    file = Path(str(url.database))
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))  # comments may name patients
    engine = create_engine(
        url,
        connect_args={"timeout": _WAIT_SECONDS},
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _durable)
    return engine


def _durable(connection: Any, _: Any) -> None:
    """Let readers and one writer work side by side, and a commit be on the disk."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()
