"""Sends requests over HTTP for `client` and `documents`: over at the deadline, whatever is sent.

They are retried where that helps, and their connections, those of `sessions`, are cut at the end.
"""

import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import requests
import urllib3

from service.fhir.sessions import Session, shown_to
from service.fhir.source import Cause

_T = TypeVar("_T")

_CHUNK = 64 * 1024
_WITH_BODY = (200, 201)
_COME_BACK_LATER = (429, 503)
_FIRST_PAUSE = 0.1
_LONGER = 4
"""How many times as long each next pause is."""

_MOST_RETURNS = 12
"""How often one call comes back, with all its questions, to a server that does not say when."""

_TOO_LATE = "the FHIR server did not answer in time"


class NoAnswerError(Exception):
    """Ends one question; the reason names nothing of the patient."""

    def __init__(self, reason: str, cause: Cause = Cause.UNUSABLE) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cause = cause


class Deadline:
    """One span of time for everything that a call does."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds

    def remaining(self) -> float:
        """Return the seconds that are left, at least 0."""
        return max(0.0, self._end - self._clock())


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered; the body only of a 200 or 201."""

    url: str
    """What was asked in the end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Exchange:
    """All that one call sends to one server: within one deadline and one allowance of bytes."""

    def __init__(self, session: Session, deadline: Deadline, most_bytes: int) -> None:
        """*most_bytes* are those of all bodies together, unpacked."""
        self._session = session
        self._deadline = deadline
        self._bytes_left = most_bytes
        self._returns_left = _MOST_RETURNS
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._sockets: dict[int, socket.socket] = {}

    def remaining(self) -> float:
        """Return the seconds that are left, at least 0."""
        return self._deadline.remaining()

    def side_by_side(
        self, tasks: Sequence[Callable[[], _T]], most: int, name: str
    ) -> list["Future[_T] | None"]:
        """Carry out *tasks* in up to *most* threads called *name*, until the deadline.

        Returns what became of each, None for one that is not done by then. No thread outlives the
        call by much: its connections are cut, as a server that sends one byte now and then never
        lets a read time out.
        """
        pool = ThreadPoolExecutor(min(len(tasks), most), name)
        futures = [pool.submit(task) for task in tasks]
        _, late = wait(futures, self.remaining())
        if late:
            self._abandon()
        pool.shutdown(wait=False, cancel_futures=True)
        return [None if future in late else future for future in futures]

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        form: str | None = None,
        *,
        again: bool = True,
    ) -> Reply:
        """Return the reply; raises NoAnswerError where there is none in time.

        With *again*, for what only reads, a connection that breaks is tried once more, and a
        server that asks for patience is asked again while there is time.
        """
        pause = _FIRST_PAUSE
        broken = not again
        while True:
            try:
                reply = self._sent(method, url, headers, form)
            except requests.Timeout:
                raise NoAnswerError(_TOO_LATE, Cause.TOO_LATE) from None
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                self._time_left()
                if broken or not _is_break(error):
                    raise NoAnswerError(
                        "the FHIR server could not be reached", Cause.UNREACHABLE
                    ) from None
                broken = True
                continue
            if not again or reply.status not in _COME_BACK_LATER:
                return reply
            told = _retry_after(reply.headers)
            if max(pause, told) >= self.remaining() or (told <= 0 and not self._may_return()):
                return reply
            self._over.wait(max(pause, told))
            pause *= _LONGER

    def _may_return(self) -> bool:
        """Count a return of which the server did not say when; not every question has its own."""
        with self._lock:
            self._returns_left -= 1
            return self._returns_left >= 0

    def _abandon(self) -> None:
        self._over.set()
        with self._lock:
            for each in self._sockets.values():
                _cut(each)

    def _watch(self, connected: socket.socket) -> None:
        """Remember the socket on which the current thread waits for an answer."""
        with self._lock:
            self._sockets[threading.get_ident()] = connected
            if self._over.is_set():
                _cut(connected)

    def _sent(self, method: str, url: str, headers: Mapping[str, str], form: str | None) -> Reply:
        try:
            with (
                shown_to(self._watch),
                self._session.request(
                    method,
                    url,
                    headers=headers,
                    data=form,
                    timeout=self._time_left(),
                    stream=True,
                    allow_redirects=False,
                ) as response,
            ):
                body = self._body(response) if response.status_code in _WITH_BODY else b""
                return Reply(url, response.status_code, response.headers, body)
        finally:
            with self._lock:
                self._sockets.pop(threading.get_ident(), None)

    def _body(self, response: requests.Response) -> bytes:
        """Read as it comes, so that neither a flood nor a trickle goes on past its limit."""
        body = bytearray()
        while chunk := response.raw.read1(_CHUNK, decode_content=True):
            body += chunk
            with self._lock:
                self._bytes_left -= len(chunk)
                if self._bytes_left < 0:
                    raise NoAnswerError("the FHIR server sent more than is read", Cause.LIMIT)
            self._time_left()
        return bytes(body)

    def _time_left(self) -> float:
        remaining = self.remaining()
        if not remaining or self._over.is_set():
            raise NoAnswerError(_TOO_LATE, Cause.TOO_LATE)
        return remaining


def _cut(connected: socket.socket) -> None:
    with suppress(OSError):  # it may be closed already
        # Past TLS, whose own shutdown would wait for the other side and mind another thread.
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _is_break(error: Exception) -> bool:
    """Whether the connection broke, as a kept one does that the server has closed meanwhile."""
    if isinstance(error, requests.exceptions.SSLError):
        return False
    return isinstance(
        error, requests.ConnectionError | urllib3.exceptions.ProtocolError | ConnectionError
    )


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that a server asks for; 0 where it says nothing that can be read."""
    written = headers.get("Retry-After", "").strip()
    if written.isascii() and written.isdigit():
        return float(written[:9])
    then = _http_date(written)
    if then is None:
        return 0.0
    # By the server's own clock where it tells the time: ours may differ.
    now = _http_date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, (then - now).total_seconds())


def _http_date(written: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(written)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return told if told.tzinfo else told.replace(tzinfo=UTC)
