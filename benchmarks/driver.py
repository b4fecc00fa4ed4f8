"""Drives one server over a few connections and compares each answer with the expected one.

One thread and plain sockets: it takes some 30 microseconds a call, so the server is the slower
one. A connection is kept where the server keeps it and opened anew where it does not.
"""

import itertools
import json
import selectors
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_CHUNK = 1 << 18
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """A server on the loopback, the requests that are sent to it, and the answer that is due."""

    port: int
    requests: Iterator[bytes]
    expected: Any

    @classmethod
    def post(
        cls,
        port: int,
        path: str,
        body: bytes,
        expected: Any,
        tokens: Iterator[str] | None = None,
    ) -> "Target":
        """Return the target for a POST of JSON; *expected* is the decoded answer.

        With *tokens*, each call takes the next of them.
        """
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        head, rest = "\r\n".join(lines).encode(), b"\r\n\r\n" + body
        if tokens is None:
            return cls(port, itertools.repeat(head + rest), expected)
        bearers = (b"\r\nAuthorization: Bearer " + token.encode() for token in tokens)
        return cls(port, (head + bearer + rest for bearer in bearers), expected)


class WrongAnswerError(Exception):
    """The server did not answer as expected: what was measured is worth nothing."""


@dataclass(slots=True)
class Drive:
    """What one drive measured."""

    seconds: float
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds


def drive(target: Target, *, seconds: float, connections: int) -> Drive:
    """Call for *seconds*, on each connection one call after the other."""
    with selectors.DefaultSelector() as selector:
        callers = [_Caller(target, selector) for _ in range(connections)]
        started = time.perf_counter()
        end = started + seconds
        for caller in callers:
            caller.call()
        while any(caller.is_waiting for caller in callers):
            ready = selector.select(_PATIENCE)
            if not ready:
                raise WrongAnswerError("the server does not answer any more")
            for key, _ in ready:
                caller = key.data
                if caller.advance() and time.perf_counter() < end:
                    caller.call()
        measured = Drive(time.perf_counter() - started)
        for caller in callers:
            measured.latencies += caller.latencies
            caller.close()
    if not measured.latencies:
        raise WrongAnswerError("the server answered nothing")
    return measured


class _Caller:
    """One connection, or one after the other where the server closes them."""

    def __init__(self, target: Target, selector: selectors.BaseSelector) -> None:
        self._target = target
        self._selector = selector
        self._socket: socket.socket | None = None
        self._unsent = memoryview(b"")
        self._received = bytearray()
        self._started = 0.0
        self._right: bytes | None = None
        self.is_waiting = False
        self.latencies: list[float] = []

    def call(self) -> None:
        """Send the request; `advance` goes on whenever the socket is ready."""
        self._started = time.perf_counter()
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._target.port), _PATIENCE)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.settimeout(0)
            self._selector.register(self._socket, selectors.EVENT_READ, self)
        self._unsent = memoryview(next(self._target.requests))
        self._received.clear()
        self.is_waiting = True
        self._send(self._socket)

    def advance(self) -> bool:
        """Send or receive what can be; returns whether the answer is complete."""
        assert self._socket is not None
        if self._unsent:
            self._send(self._socket)
            return False
        chunk = self._socket.recv(_CHUNK)
        if not chunk:
            raise WrongAnswerError("the server closed the connection before its answer")
        self._received += chunk
        head, found, body = bytes(self._received).partition(b"\r\n\r\n")
        headers = _headers(head) if found else {}
        if not found or len(body) < int(headers.get("content-length", "0")):
            return False
        self.latencies.append(time.perf_counter() - self._started)
        self.is_waiting = False
        self._check(head, body)
        if headers.get("connection", "").lower() == "close":
            self.close()
        return True

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._selector.unregister(self._socket)
            self._socket.close()
            self._socket = None

    def _send(self, connection: socket.socket) -> None:
        try:
            while self._unsent:
                self._unsent = self._unsent[connection.send(self._unsent) :]
        except BlockingIOError:
            pass
        wanted = selectors.EVENT_WRITE if self._unsent else selectors.EVENT_READ
        self._selector.modify(connection, wanted, self)

    def _check(self, head: bytes, body: bytes) -> None:
        if body == self._right:
            return
        if not head.startswith(b"HTTP/1.1 200") or json.loads(body) != self._target.expected:
            raise WrongAnswerError(f"another answer than expected: {head[:15]!r} {body[:300]!r}")
        self._right = body


def _headers(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
