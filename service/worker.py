"""A gunicorn worker that ends what takes too long, and answers what is no HTTP as we answer errors.

A client that sends its headers or its body drop by drop, or does not read the answer, would hold a
thread for ever: gunicorn leaves that to a proxy in front of it. And a request that it cannot read
it answers with a web page that quotes what was sent.
"""

import contextlib
import socket
import threading
import time
import uuid
from http import HTTPStatus
from typing import Any

import msgspec
from gunicorn.http.errors import (  # type: ignore[import-untyped]
    ConfigurationProblem,
    ExpectationFailed,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

from service.errors import operation_outcome
from service.logs import log_fault, log_warning

_LOOK_SECONDS = 0.25
_TO_ANSWER_SECONDS = 5.0
"""How long the answer may take to go out, after reading has ended."""

_OURS = (ConfigurationProblem, InvalidResponseHeader, InvalidResponseHeaderName)
_REFUSED = (
    (LimitRequestLine, HTTPStatus.REQUEST_URI_TOO_LONG, "too-long"),
    (LimitRequestHeaders, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too-long"),
    (ExpectationFailed, HTTPStatus.EXPECTATION_FAILED, "not-supported"),
    (UnsupportedTransferCoding, HTTPStatus.NOT_IMPLEMENTED, "not-supported"),
    (ParseException, HTTPStatus.BAD_REQUEST, "structure"),
)
"""What gunicorn itself refuses, with status and FHIR issue type; the first that fits counts."""


class Watch:
    """Cuts connections whose time is over; one thread for all."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._busy: dict[socket.socket, float] = {}
        self._ended: dict[socket.socket, float] = {}
        self._thread: threading.Thread | None = None

    def begin(self, connected: socket.socket) -> None:
        """Give what happens on this connection its time, from now on."""
        with self._lock:
            self._busy[connected] = time.monotonic() + self._seconds
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
                self._thread.start()

    def end(self, connected: socket.socket) -> None:
        """Say that the request is done."""
        with self._lock:
            self._busy.pop(connected, None)
            self._ended.pop(connected, None)

    def look(self, now: float) -> None:
        """End the reading of what is late, and a little later the writing of its answer."""
        with self._lock:
            late = [each for each, until in self._busy.items() if until <= now]
            for each in late:
                del self._busy[each]
                self._ended[each] = now + _TO_ANSWER_SECONDS
                _shut(each, socket.SHUT_RD)
            for each in [each for each, until in self._ended.items() if until <= now]:
                del self._ended[each]
                _shut(each, socket.SHUT_RDWR)

    def _run(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            self.look(time.monotonic())


class TimedWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """A worker with threads, whose requests have an end."""

    seconds = 10.0
    """Set by `serve` before the workers begin."""

    def init_process(self) -> None:
        """Begin, in the worker's own process."""
        self.watch = Watch(self.seconds)
        super().init_process()

    def handle(self, conn: Any) -> Any:
        """Handle one request of a connection."""
        connected = conn.sock
        self.watch.begin(connected)
        try:
            return super().handle(conn)
        finally:
            self.watch.end(connected)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what never reached the application, in words of ours, and log it by its kind."""
        del req, addr
        with contextlib.suppress(OSError):  # who would read it is gone
            client.settimeout(_TO_ANSWER_SECONDS)
            client.sendall(_error_answer(exc))


def _error_answer(error: BaseException) -> bytes:
    """Return the whole answer to a request that ended in *error*: nothing in it was sent to us."""
    error_id = uuid.uuid4().hex
    refused = None
    if not isinstance(error, _OURS):
        refused = next((each for each in _REFUSED if isinstance(error, each[0])), None)
    if refused is not None:
        _, status, code = refused
        said = f"{status.phrase}: the request cannot be read as HTTP, or asks for what is not done."
        kind = type(error).__name__
        log_warning("a request that is no HTTP", error_id=error_id, status=status, kind=kind)
    else:
        status, code = HTTPStatus.INTERNAL_SERVER_ERROR, "exception"
        said = f"The service failed. Its log tells more under {error_id}."
        log_fault(error, error_id)
    body = msgspec.json.encode(operation_outcome(code, said, error_id=error_id))
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "X-Content-Type-Options: nosniff",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
        "Cache-Control: no-store",
    )
    return "\r\n".join((*head, "", "")).encode() + body


def _shut(connected: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):  # closed already
        connected.shutdown(how)
