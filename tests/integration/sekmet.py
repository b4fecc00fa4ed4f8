"""Runs SEKMET, a small FHIR server, in its own environment and with an empty database."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.integration import process

_REPOSITORY = Path(__file__).parents[2]
_COMMAND = _REPOSITORY / ".venv-sekmet" / "bin" / "sekmet"
_SECONDS_TO_START = 30


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[str]:
    """Yield the base URL of a fresh server on the loopback; *settings* add to its settings file.

    *folder* holds its data and its log. Raises RuntimeError with the log where it does not start.
    """
    # Nothing to do where `make test` has made it.
    subprocess.run(["make", "--silent", "sekmet"], cwd=_REPOSITORY, check=True)
    port = process.free_port()
    base_url = f"http://127.0.0.1:{port}/fhir"
    file = folder / "settings.yaml"
    file.write_text(
        yaml.safe_dump(
            {
                "base_url": base_url,
                "host": "127.0.0.1",
                "port": port,
                "data_dir": str(folder / "data"),
                "validation": {"inbound": "warn"},
                "simulator": {"enabled": False},
                **settings,
            }
        )
    )
    command = [str(_COMMAND), "serve", "-c", str(file)]
    with process.running(command, base_url, folder, _SECONDS_TO_START) as ready:
        yield ready
