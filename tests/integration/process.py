"""Runs a FHIR server as a process on the loopback, for as long as it is needed."""

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import requests


def free_port() -> int:
    """Return a port of the loopback on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str], base_url: str, folder: Path, seconds_to_start: float
) -> Iterator[str]:
    """Yield *base_url* once *command*, run in *folder*, answers there; stop it afterwards.

    Raises RuntimeError with the end of its log where it does not start.
    """
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        if not _answers(base_url, process, seconds_to_start):
            said = log.read_text(errors="replace")[-4000:]
            raise RuntimeError(f"{command[0]} does not answer at {base_url}:\n{said}")
        yield base_url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(base_url: str, process: subprocess.Popen[bytes], seconds: float) -> bool:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up and process.poll() is None:
        try:
            # An answer of any kind will do: a server with authorization may refuse strangers.
            requests.get(f"{base_url}/metadata", timeout=30)
        except requests.RequestException:
            time.sleep(0.05)
        else:
            return True
    return False
