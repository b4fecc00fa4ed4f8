"""The service as a process: it starts, answers over real HTTP, and stops when told to."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.service.requests_sent import ORDER_SIGN

REPOSITORY = Path(__file__).parents[2]
STORY = REPOSITORY / "fixtures" / "every-criterion-is-met"


def _start(port: int, **settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "service.command.cli", "serve"],
        cwd=REPOSITORY,
        env={**os.environ, "TRANSPLANT_CDS_PORT": str(port), **settings},
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number: int = taken.getsockname()[1]
    return number


@pytest.fixture
def running(port: int) -> Iterator[subprocess.Popen[str]]:
    """A service that is ready."""
    process = _start(port, TRANSPLANT_CDS_MAX_BODY_BYTES="100000")
    try:
        for _ in range(200):
            try:
                requests.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).raise_for_status()
                break
            except requests.RequestException:
                time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_story_over_http(running: subprocess.Popen[str], port: int) -> None:
    """A story's request is reviewed on its own FHIR server; then SIGTERM ends the service."""
    request = json.loads((STORY / "request.json").read_bytes())
    request["fhirServer"] = f"http://127.0.0.1:{port}/fhir"

    answer = requests.post(f"http://127.0.0.1:{port}{ORDER_SIGN}", json=request, timeout=10)
    running.send_signal(signal.SIGTERM)
    _, log = running.communicate(timeout=15)

    assert (200, {"cards": []}) == (answer.status_code, answer.json())
    assert 0 == running.returncode
    lines = [json.loads(line) for line in log.splitlines()]
    reviews = [line for line in lines if line["event"] == "review"]
    assert [{"medically-necessary": 1}] == [line["determinations"] for line in reviews]
    assert f"http://127.0.0.1:{port}" == next(x["address"] for x in lines if x["event"] == "ready")


@pytest.mark.usefixtures("running")
def test_large_bodies_over_http(port: int) -> None:
    """A body above the limit gets its answer, whether or not it announces its length."""
    url = f"http://127.0.0.1:{port}{ORDER_SIGN}"
    headers = {"Content-Type": "application/json"}

    announced = requests.post(url, data=b" " * 5_000_000, headers=headers, timeout=10)
    unannounced = requests.post(url, data=iter([b" " * 90_000] * 2), headers=headers, timeout=10)

    assert [413, 413] == [announced.status_code, unannounced.status_code]


def test_wrong_setting_stops_the_start(port: int) -> None:
    """A wrong setting is told in one line, with exit status 2."""
    process = _start(port, TRANSPLANT_CDS_WORKERS="many")
    _, said = process.communicate(timeout=15)

    assert 2 == process.returncode
    assert said.startswith("transplant-cds: TRANSPLANT_CDS_WORKERS: ")
    assert 1 == len(said.splitlines())


@pytest.mark.parametrize(
    ("host", "variable"), [("127.0.0.1", "PORT"), ("203.0.113.7", "HOST"), ("no.invalid", "HOST")]
)
def test_an_address_that_cannot_be_listened_on(host: str, variable: str) -> None:
    """A port that is taken, or a host that is not this machine's, is told at once in one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = _start(port, TRANSPLANT_CDS_HOST=host, TRANSPLANT_CDS_OPEN="true")
        _, said = process.communicate(timeout=15)

    assert 1 == process.returncode
    assert said.startswith(f"transplant-cds: TRANSPLANT_CDS_{variable}: ")
    assert 1 == len(said.splitlines())
