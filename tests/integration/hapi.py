"""Runs HAPI FHIR, the server that most people have, with an empty database in memory."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration import process

_REPOSITORY = Path(__file__).parents[2]
_LAUNCHER = Path(__file__).parent / "hapi_server" / "HapiServer.java"
_CLASS_PATH = _REPOSITORY / ".hapi" / "class-path"
_SECONDS_TO_START = 300
"""A start takes 15 s, and several times that on a busy machine."""


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Yield the base URL of a fresh server on the loopback; *folder* holds its log.

    Raises RuntimeError with the log where it does not start.
    """
    # Nothing to do where `make test-hapi` has made it.
    subprocess.run(["make", "--silent", "hapi"], cwd=_REPOSITORY, check=True)
    port = process.free_port()
    command = [
        "java",
        "-Xmx1g",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-cp",
        _CLASS_PATH.read_text().strip(),
        str(_LAUNCHER),
        str(port),
    ]
    base_url = f"http://127.0.0.1:{port}/fhir"
    with process.running(command, base_url, folder, _SECONDS_TO_START) as ready:
        yield ready
