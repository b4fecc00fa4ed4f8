"""Starts floor and service as processes of their own, with the same server settings."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_REPOSITORY = Path(__file__).parent.parent
_PATIENCE = 60.0

PUBLIC_URL = "http://127.0.0.1:8080"
"""What every server thinks that its address is: the links of the expected cards begin so."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that answers, and how long it took until it did."""

    port: int
    pid: int
    seconds_to_ready: float

    def resident_megabytes(self) -> float:
        """Memory of its worker, as the kernel counts it: shared pages included."""
        workers = subprocess.run(
            ["ps", "-o", "rss=", "--ppid", str(self.pid)],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        return max(map(int, workers)) / 1024


@contextmanager
def service(settings: Mapping[str, str]) -> Iterator[Server]:
    """Run `transplant-cds serve` with these settings and the defaults for all others."""
    with _running([sys.executable, "-m", "service.command.cli", "serve"], settings) as server:
        yield server


@contextmanager
def floor(settings: Mapping[str, str]) -> Iterator[Server]:
    """Run the floor under gunicorn with the options that the service would have."""
    with _running([sys.executable, "-m", "benchmarks.run_floor"], settings) as server:
        yield server


@contextmanager
def _running(command: list[str], settings: Mapping[str, str]) -> Iterator[Server]:
    port = _free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TRANSPLANT_CDS_")}
    environment = {
        **kept,
        "PYTHONPATH": str(_REPOSITORY),
        "TRANSPLANT_CDS_PORT": str(port),
        "TRANSPLANT_CDS_PUBLIC_URL": PUBLIC_URL,
        **settings,
    }
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd="/",
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(port, process)
        yield Server(port, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def _wait_until_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = time.perf_counter() + _PATIENCE
    while time.perf_counter() < end:
        if process.poll() is not None:
            message = f"the server ended with status {process.returncode} before it was ready"
            raise RuntimeError(message)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5):
                return
        except OSError:
            time.sleep(0.01)
    message = "the server did not get ready"
    raise RuntimeError(message)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def printing_its_port(module: str, settings: Mapping[str, str]) -> Iterator[str]:
    """Run a module that prints its port first; yields its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(_REPOSITORY), **settings},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(_PATIENCE)


def run_measured(command: list[str], folder: str) -> tuple[list[bytes], float]:
    """Run a command to its end in *folder*; returns its lines and its peak memory in MB."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(_REPOSITORY)},
            stdout=output,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            message = f"the command ended with status {process.returncode}"
            raise RuntimeError(message)
        output.seek(0)
        return output.read().splitlines(), usage.ru_maxrss / 1024
