"""A PostgreSQL of Debian's package that lives for one run of the tests, in a folder of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_CURE = "initdb and postgres not found: install Debian's package postgresql"


@dataclass(frozen=True)
class Postgres:
    """A server that runs, unless it was stopped, and the URL of its database."""

    address: str
    start: Callable[[], None]
    stop: Callable[[], None]


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Yield a server with a new database on a free port of the loopback."""
    programs = _programs()
    # Not below pytest's own folder: PostgreSQL refuses to run as root, and others may not look in.
    folder = Path(tempfile.mkdtemp(prefix="transplant-cds-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None
    if user is not None:
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
    data, port = folder / "data", _free_port()
    try:
        _run(user, programs / "initdb", "-D", data, "-U", "cds", "-A", "trust", "-N", "-E", "UTF8")
        options = f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c timezone=Asia/Kathmandu"
        control = (programs / "pg_ctl", "-D", data, "-s", "-w")

        def start() -> None:
            _run(user, *control, "-l", folder / "log", "-o", options, "start")

        def stop() -> None:
            _run(user, *control, "-m", "immediate", "stop")

        start()
        try:
            yield Postgres(f"postgresql://cds@127.0.0.1:{port}/postgres", start, stop)
        finally:
            stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        pytest.fail(_CURE, pytrace=False)
    return Path(on_path).resolve().parent


def _run(user: str | None, *command: str | Path) -> None:
    done = subprocess.run(
        command,
        user=user,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number: int = taken.getsockname()[1]
    return number
