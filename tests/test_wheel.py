"""Does what the Dockerfile does, without a container engine; change them together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

REPOSITORY = Path(__file__).parent.parent
NOBODY = 65534

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@dataclass(frozen=True)
class Running:
    """The installed service, serving."""

    address: str
    pid: int


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sources as they are now."""
    folder = tmp_path_factory.mktemp("wheel")
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, REPOSITORY)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a clean environment that holds the lock and the wheel."""
    environment = tmp_path_factory.mktemp("installed")
    _run(sys.executable, "-m", "venv", environment)
    install = (environment / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps")
    _run(*install, "--require-hashes", "--requirement", REPOSITORY / "requirements.lock")
    _run(*install, wheel)
    return environment / "bin"


@pytest.fixture(scope="module")
def running(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`transplant-cds serve` under gunicorn, as a user who may write nothing."""
    port = _free_port()
    log = tmp_path_factory.mktemp("serving") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*_as_nobody(), installed / "transplant-cds", "serve"],
            cwd="/",
            env=_bare_environment() | {"TRANSPLANT_CDS_PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        give_up = time.monotonic() + 30
        while not _answers(f"{address}/health/live"):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < give_up, log.read_text()
            time.sleep(0.1)
        yield Running(address, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0, log.read_text()


def test_the_wheel_holds_code_data_and_stories(wheel: Path) -> None:
    """Whatever is in the three folders ships, the stories beside the code, and nothing else."""
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}

    assert {
        *_files("cards", "cards"),
        *_files("service", "service"),
        *_files("fixtures", "service/_stories"),
    } == shipped
    assert any(name.endswith("/story.yaml") for name in shipped)


def test_the_installed_policies_are_sound(installed: Path) -> None:
    """The policies and value sets are found and read from the installed package."""
    checked = _run(installed / "transplant-cds", "policies", "check", cwd="/")

    assert checked.returncode == 0
    assert (
        "capital-blue-cross/mp-9.053"
        in _run(installed / "transplant-cds", "policies", cwd="/").stdout
    )


def test_the_service_runs_under_gunicorn_and_not_as_root(running: Running) -> None:
    """The listening process is gunicorn's, with a worker, and none of them is root's."""
    maps = Path(f"/proc/{running.pid}/task/{running.pid}/children")
    if not maps.is_file():
        pytest.skip("needs the /proc of Linux")
    pids = [running.pid, *map(int, maps.read_text().split())]

    assert len(pids) > 1, "gunicorn has an arbiter and workers"
    assert 0 not in [Path(f"/proc/{pid}").stat().st_uid for pid in pids]


def test_the_installed_service_answers(running: Running) -> None:
    """Discovery is there, and so are the page and the stories that ship in the wheel."""
    discovery = requests.get(f"{running.address}/cds-services", timeout=10)
    page = requests.get(running.address, timeout=10)
    patients = requests.get(
        f"{running.address}/fhir/Patient", params={"_id": "skin-score-missing"}, timeout=10
    )

    assert [200, 200, 200] == [answer.status_code for answer in (discovery, page, patients)]
    assert "transplant-policy-order-sign" in [
        service["id"] for service in discovery.json()["services"]
    ]
    assert patients.json()["total"] == 1


def test_the_installed_service_reviews_an_order(running: Running) -> None:
    """A story is sent as its file says, and answered as its folder says, out of the wheel alone."""
    story = REPOSITORY / "fixtures" / "skin-score-missing"
    request = json.loads((story / "request.json").read_text())
    expected = json.loads((story / "expected.json").read_text())

    answer = requests.post(
        f"{running.address}/cds-services/transplant-policy-order-sign",
        json={**request, "fhirServer": f"{running.address}/fhir"},
        timeout=10,
    )

    assert answer.status_code == 200
    assert [card["summary"] for card in expected["cards"]] == [
        card["summary"] for card in answer.json()["cards"]
    ]


def test_the_dockerfile_does_these_steps() -> None:
    """The same lock with hashes, the same wheel, the same user and the same command."""
    dockerfile = (REPOSITORY / "Dockerfile").read_text()

    for step in (
        "--require-hashes --no-deps --requirement requirements.lock",
        "pip wheel --no-deps",
        f"USER {NOBODY}:{NOBODY}",
        'CMD ["transplant-cds", "serve"]',
        "/health/live",
    ):
        assert step in dockerfile


def _run(*command: str | Path, cwd: str | Path = REPOSITORY) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, cwd=cwd, env=_bare_environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def _bare_environment() -> dict[str, str]:
    """Return the environment without the developer's own settings and environments of Python."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("TRANSPLANT_CDS_", "PYTHON", "VIRTUAL_ENV"))
    }


def _as_nobody() -> list[str]:
    """Return what runs a command without root's rights.

    It keeps the right to read, because a Python may live in a folder that is only root's.
    """
    if os.getuid() != 0:
        return []
    return [
        "setpriv",
        f"--reuid={NOBODY}",
        f"--regid={NOBODY}",
        "--clear-groups",
        "--inh-caps=-all,+dac_read_search",
        "--ambient-caps=-all,+dac_read_search",
        "--",
    ]


def _files(folder: str, shipped_as: str) -> set[str]:
    home = REPOSITORY / folder
    return {
        f"{shipped_as}/{file.relative_to(home).as_posix()}"
        for file in home.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and not file.name.startswith(".")
    }


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.ConnectionError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
