"""The service as several processes: nothing accepted is lost, and all of it is counted."""

import gzip
import json
import os
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from service.ledger.counting import Report
from service.ledger.store import Store
from tests.service.requests_sent import CONDITION, COVERAGE, ORDER_SIGN, PATIENT, order_sign

REPOSITORY = Path(__file__).parents[2]
FEEDBACK = f"{ORDER_SIGN}/feedback"


@dataclass(frozen=True)
class Running:
    """A service that serves, and the database in which it keeps what it keeps."""

    process: subprocess.Popen[str]
    address: str
    database: str

    def post(self, path: str, body: object) -> requests.Response:
        """Send JSON on a connection of its own, so that any of the workers may get it."""
        return requests.post(f"{self.address}{path}", json=body, timeout=10)

    def report(self) -> Report:
        """Return what the database holds now."""
        store = Store(self.database)
        try:
            return store.report()
        finally:
            store.close()

    def kill(self) -> None:
        """End every process of the service at once: none gets to say anything more."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


@contextmanager
def serving(tmp_path: Path, **settings: str) -> Iterator[Running]:
    """Run the service until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    database = f"sqlite:///{tmp_path / 'ledger.sqlite3'}"
    environment = {
        **os.environ,
        "TRANSPLANT_CDS_PORT": str(port),
        "TRANSPLANT_CDS_DEMO": "false",
        "TRANSPLANT_CDS_DATABASE_URL": database,
        "TRANSPLANT_CDS_LOG_LEVEL": "warning",
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "service.command.cli", "serve"],
        cwd=REPOSITORY,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    running = Running(process, f"http://127.0.0.1:{port}", settings_database(environment))
    try:
        await_that(lambda: _is_ready(running))
        yield running
    finally:
        if process.poll() is None:
            running.kill()
        process.communicate()


def settings_database(environment: dict[str, str]) -> str:
    """Return where the service keeps what it keeps."""
    return environment["TRANSPLANT_CDS_DATABASE_URL"]


def _is_ready(running: Running) -> bool:
    assert running.process.poll() is None, "the service has ended by itself"
    return requests.get(f"{running.address}/health/ready", timeout=5).ok


def await_that(holds: Callable[[], bool]) -> None:
    """Wait until it holds; fails after 20 seconds."""
    give_up = time.monotonic() + 20
    while True:
        try:
            if holds():
                return
        except requests.ConnectionError:
            pass
        assert time.monotonic() < give_up, "it did not come about within 20 seconds"
        time.sleep(0.05)


def governed(number: int) -> dict[str, object]:
    """Return a request that ends in a card; each number is another call."""
    resources = [PATIENT, CONDITION, COVERAGE]
    request = order_sign(
        hookInstance=f"00000000-0000-4000-8000-{number:012d}",
        prefetch={
            "everything": {
                "resourceType": "Bundle",
                "entry": [{"resource": each} for each in resources],
            }
        },
    )
    del request["fhirServer"]
    return request


def item(card: str) -> dict[str, str]:
    """Return feedback on a card."""
    return {"card": card, "outcome": "accepted", "outcomeTimestamp": "2025-11-21T12:00:00Z"}


def test_accepted_means_durable(tmp_path: Path) -> None:
    """What was answered with 200 is there after every process was killed right behind it."""
    with serving(tmp_path, TRANSPLANT_CDS_WORKERS="2") as running:
        accepted = 0
        for number in range(5):
            batch = {"feedback": [item(f"{number}-{each}") for each in range(3)]}
            accepted += running.post(FEEDBACK, batch).json()["received"]
        running.kill()

        assert 15 == accepted == running.report().unknown_accepted


def _counting_folders(process: subprocess.Popen[str]) -> set[Path]:
    """Return the folders in which the workers of *process* count, by what they have open there."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
    return {
        Path(line.split()[-1]).parent
        for child in children.split()
        for line in Path(f"/proc/{child}/maps").read_text(encoding="utf-8").splitlines()
        if "transplant-cds-metrics-" in line
    }


def test_no_call_is_lost_when_told_to_stop(tmp_path: Path) -> None:
    """Under load SIGTERM lets every call that came in be answered, and every card be kept.

    The folder in which the workers count is made for one start, and goes with it.
    """
    with serving(tmp_path, TRANSPLANT_CDS_WORKERS="2") as running:
        failures: list[str] = []

        def send(thread: int) -> int:
            answered = 0
            for number in range(200):
                try:
                    answer = running.post(ORDER_SIGN, governed(1000 * thread + number))
                except requests.ConnectionError as error:
                    failures.append(str(error))
                    break
                assert 200 == answer.status_code
                answered += len(answer.json()["cards"])
                if number == 3:
                    under_way.release()
            return answered

        under_way = threading.Semaphore(0)
        with ThreadPoolExecutor(4) as pool:
            sent = [pool.submit(send, each) for each in range(4)]
            for _ in sent:
                under_way.acquire(timeout=20)
            counting = _counting_folders(running.process)
            running.process.send_signal(signal.SIGTERM)
            shown = sum(each.result() for each in sent)

        assert 0 == running.process.wait(20)
        assert [False] == [folder.exists() for folder in counting]
        # Told no before a byte of it was read: the caller knows, and asks again.
        assert [True] * 4 == ["refused" in each for each in failures], failures
        assert 16 <= shown == sum(each.shown for each in running.report().policies)


def test_calls_are_traced(tmp_path: Path) -> None:
    """Each worker sends its spans to the collector, with the route and nothing that was sent."""
    spans: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_packed = self.headers.get("Content-Encoding") == "gzip"
            spans.put(gzip.decompress(body) if is_packed else body)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{collector.server_port}/v1/traces"
        with serving(tmp_path, TRANSPLANT_CDS_OTLP_ENDPOINT=address) as running:
            planted = {
                "User-Agent": "zaphod",
                "Host": "zaphod.example",
                "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "tracestate": "zaphod=zaphod",
                "baggage": "patient=zaphod",
            }
            for method, path in (
                ("POST", f"{ORDER_SIGN}?patient=zaphod"),
                ("POST", "/cds-services/zaphod"),
                ("GET", "/zaphod"),
                ("ZAPHOD", "/cds-services"),
            ):
                requests.request(
                    method,
                    f"{running.address}{path}",
                    json=governed(1),
                    headers=planted,
                    timeout=10,
                )
            running.process.terminate()
            span = spans.get(timeout=20)
        collector.shutdown()

    assert 2 == span.count(b"POST /cds-services/<service_id>")
    assert 1 == span.count(b"GET no such page")
    assert 1 == span.count(b"other no such page") + span.count(b"other /cds-services")
    assert bytes.fromhex("4bf92f3577b34da6a3ce929d0e0e4736") in span
    assert b"transplant-policy-order-sign" in span
    for sent in (b"anna", b"zaphod", b"ZAPHOD", b"127.0.0.1", running.address[-5:].encode()):
        assert sent not in span


def test_four_workers_count_together(tmp_path: Path) -> None:
    """Whichever worker is asked, it tells what all of them counted, and so after one has died."""
    with serving(tmp_path, TRANSPLANT_CDS_WORKERS="4", TRANSPLANT_CDS_THREADS="2") as running:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: running.post(ORDER_SIGN, governed(n)), range(40)))

        def counted() -> tuple[set[str], set[str]]:
            pages = [requests.get(f"{running.address}/metrics", timeout=5).text for _ in range(12)]
            found = [
                re.findall(
                    r"^transplant_cds_(?:calls|cards)_total{.*order-sign.*} (.*)$|"
                    r"^transplant_cds_cards_total{.*} (.*)$",
                    page,
                    re.MULTILINE,
                )
                for page in pages
            ]
            return {calls for each in found for calls, _ in each if calls}, {
                cards for each in found for _, cards in each if cards
            }

        assert ({"40.0"}, {"40.0"}) == counted()
        children = Path(f"/proc/{running.process.pid}/task/{running.process.pid}/children")
        workers = children.read_text().split()
        assert 4 == len(workers)
        os.kill(int(workers[0]), signal.SIGKILL)
        await_that(lambda: children.read_text().split() not in (workers, workers[1:]))

        assert ({"40.0"}, {"40.0"}) == counted()
        assert json.loads(requests.get(f"{running.address}/health/ready", timeout=5).text)
        # Workers that never read a file of switches have nothing to complain about.
        page = requests.get(f"{running.address}/metrics", timeout=5).text
        assert "transplant_cds_switches_unreadable 0.0" in page
