"""Runs SEKMET, a small FHIR server, in its own environment and with an empty database."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import yaml

_REPOSITORY = Path(__file__).parents[2]
_COMMAND = _REPOSITORY / ".venv-sekmet" / "bin" / "sekmet"
_SECONDS_TO_START = 30


@contextmanager
def running(folder: Path, **settings: Any) -> Iterator[str]:
    """Yield the base URL of a fresh server on the loopback; *settings* add to its settings file.

    *folder* holds its data and its log. Raises RuntimeError with the log where it does not start.
    """
    _ensure_environment()
    port = _free_port()
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
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [_COMMAND, "serve", "-c", file],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(base_url, process, log)
        yield base_url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ensure_environment() -> None:
    """Make the environment where `make test` has not made it yet; nothing to do otherwise."""
    subprocess.run(["make", "--silent", "sekmet"], cwd=_REPOSITORY, check=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(base_url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < give_up and process.poll() is None:
        try:
            # An answer of any kind will do: a server with authorization may refuse strangers.
            requests.get(f"{base_url}/metadata", timeout=5)
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"SEKMET does not answer:\n{log.read_text(errors='replace')[-2000:]}")
