"""A gunicorn worker that gives each request a span of time, however slowly its bytes come or go.

A client that sends its headers or its body drop by drop, or does not read the answer, would hold a
thread for ever: gunicorn leaves that to a proxy in front of it.
"""

import contextlib
import socket
import threading
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker  # type: ignore[import-untyped]

_LOOK_SECONDS = 0.25
_TO_ANSWER_SECONDS = 5.0
"""How long the answer may take to go out, after reading has ended."""


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


def _shut(connected: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):  # closed already
        connected.shutdown(how)
