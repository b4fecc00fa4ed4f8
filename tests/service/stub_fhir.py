"""A FHIR server over real sockets that pages, stalls, lies, limits and drops, as a test says.

Each path has a script: what happens at the first request, at the second, and so on; the last step
stays. A path without a script finds nothing.
"""

import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.service.transport import encoded, searchset

Step = Callable[["StubHandler"], None]


@dataclass
class Stub:
    """The server's address, what it is to do, and what it was asked."""

    url: str
    scripts: dict[str, Sequence[Step]] = field(default_factory=dict)
    asked: list[tuple[str, str, Mapping[str, str], str]] = field(default_factory=list)
    """Method, path with query, headers and body of each request."""

    stopped: threading.Event = field(default_factory=threading.Event)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    lock: threading.Lock = field(default_factory=threading.Lock)
    connections: int = 0

    def step(self, path: str) -> Step:
        """Return what to do at this request to *path*."""
        with self.lock:
            script = self.scripts.get(path, (nothing,))
            number = min(self.counts[path], len(script) - 1)
            self.counts[path] += 1
            return script[number]

    def requests_to(self, path: str) -> int:
        """Return how often a path was asked for."""
        return self.counts[path]


class StubHandler(BaseHTTPRequestHandler):
    """Answers as the script says."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    stub: Stub

    def do_GET(self) -> None:
        """Take the next step of the path's script."""
        length = int(self.headers.get("Content-Length", "0"))
        body = self.rfile.read(length).decode()
        path = urlsplit(self.path).path.removeprefix("/fhir/")
        with self.stub.lock:
            self.stub.asked.append((self.command, self.path, dict(self.headers), body))
        self.stub.step(path)(self)

    def do_POST(self) -> None:
        """Do the same."""
        self.do_GET()

    def setup(self) -> None:
        """Count the connection."""
        super().setup()
        with self.stub.lock:
            self.stub.connections += 1

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def reply(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self) -> None:
        """Reset the connection, so that the other side sees an error and no end."""
        option = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, option)
        self.connection.close()
        self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """Say nothing: the other side may leave."""


@contextmanager
def stub_server() -> Iterator[Stub]:
    """Run a server on a free port of the loopback."""
    stub = Stub("")
    handler = type("Handler", (StubHandler,), {"stub": stub})
    server = _Server(("127.0.0.1", 0), handler)
    stub.url = f"http://127.0.0.1:{server.server_port}/fhir"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield stub
    stub.stopped.set()
    server.shutdown()
    thread.join()
    server.server_close()


def nothing(handler: StubHandler) -> None:
    """Find nothing."""
    handler.reply(200, encoded(searchset()))


def gives(value: Any) -> Step:
    """Answer with a resource."""
    return lambda handler: handler.reply(200, encoded(value))


def says(status: int, **headers: str) -> Step:
    """Answer with a status and nothing else; `Retry_After` is the header `Retry-After`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.reply(status, b"", named)


def after(seconds: float, then: Step) -> Step:
    """Take some time, then answer."""

    def step(handler: StubHandler) -> None:
        handler.stub.stopped.wait(seconds)
        then(handler)

    return step


def stalls(handler: StubHandler) -> None:
    """Take the request and never answer."""
    handler.stub.stopped.wait(30)
    handler.close_connection = True


def hangs_up(handler: StubHandler) -> None:
    """Reset the connection in the place of an answer."""
    handler.hang_up()


def breaks_off(handler: StubHandler) -> None:
    """Promise more than is sent."""
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{"resourceType":')
    handler.wfile.flush()
    handler.hang_up()


def breaks_off_within_a_chunk(handler: StubHandler) -> None:
    """Promise a chunk and send a part of it."""
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n99\r\n{"access')
    handler.wfile.flush()
    handler.hang_up()


def drips(start: bytes, *, byte: bytes = b" ") -> Step:
    """Send *start*, and then a byte now and then, for ever."""

    def step(handler: StubHandler) -> None:
        handler.close_connection = True
        try:
            handler.wfile.write(start)
            while not handler.stub.stopped.wait(0.02):
                handler.wfile.write(byte)
        except OSError:
            pass  # the other side had enough

    return step
