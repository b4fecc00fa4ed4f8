"""Sends requests over HTTP for `client`: pooled, retried where that helps, over at the deadline.

Connections are those of `outbound`, which looks at where they lead.
"""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from service.fhir.outbound import GuardedConnection, GuardedTlsConnection, read_address
from service.fhir.source import Cause

Session = requests.Session
"""What holds the connections to a server, for those who pass it on."""

MOST_SERVERS = 64
"""Servers whose connections are kept; the one that was asked longest ago goes first."""

_CHUNK = 64 * 1024
_COME_BACK_LATER = (429, 503)
_FIRST_PAUSE = 0.1
_LONGER = 4
"""How many times as long each next pause is."""

_MOST_RETURNS = 12
"""How often one call comes back, with all its questions, to a server that does not say when."""

_TOO_LATE = "the FHIR server did not answer in time"
_asking = threading.local()
"""Its `exchange` is the one for which this thread sends a request."""


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
    """What a server answered; the body only of a 200."""

    url: str
    """What was asked in the end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def create_session(*, most_connections: int = 64, ca_bundle: Path | None = None) -> Session:
    """Return a session whose connections all calls to one server share, and nothing else.

    No cookies (one EHR's would go out with the next call), and no credentials or proxies from
    files and variables that `settings` does not know. Up to *most_connections* stay open.
    *ca_bundle* has certificate authorities in the place of the usual ones.
    """
    session = _PlainSession()
    session.trust_env = False
    session.verify = True if ca_bundle is None else str(ca_bundle)
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _WatchedAdapter(pool_connections=4, pool_maxsize=most_connections)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def session_per_server(
    most_connections: int, *, ca_bundle: Path | None = None
) -> Callable[[str], Session]:
    """Return what gives each server, by its base URL, the session that all calls to it share."""

    @lru_cache(maxsize=MOST_SERVERS)
    def session_for(base_url: str) -> Session:
        del base_url
        return create_session(most_connections=most_connections, ca_bundle=ca_bundle)

    return session_for


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

    def send(
        self, method: str, url: str, headers: Mapping[str, str], form: str | None = None
    ) -> Reply:
        """Return the reply; raises NoAnswerError where there is none in time.

        A connection that breaks is tried once more, as everything that is sent only reads. A
        server that asks for patience is asked again while there is time.
        """
        pause = _FIRST_PAUSE
        broken = False
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
            if reply.status not in _COME_BACK_LATER:
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

    def abandon(self) -> None:
        """Cut the connections that are still waited for, so that no thread outlives the call.

        A server that sends one byte now and then never lets a read time out.
        """
        self._over.set()
        with self._lock:
            for each in self._sockets.values():
                _cut(each)

    def watch(self, connected: socket.socket) -> None:
        """Remember the socket on which the current thread waits for an answer."""
        with self._lock:
            self._sockets[threading.get_ident()] = connected
            if self._over.is_set():
                _cut(connected)

    def _sent(self, method: str, url: str, headers: Mapping[str, str], form: str | None) -> Reply:
        _asking.exchange = self
        try:
            with self._session.request(
                method,
                url,
                headers=headers,
                data=form,
                timeout=self._time_left(),
                stream=True,
                allow_redirects=False,
            ) as response:
                body = self._body(response) if response.status_code == requests.codes.ok else b""
                return Reply(url, response.status_code, response.headers, body)
        finally:
            _asking.exchange = None
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


class _PlainSession(Session):
    """A session that calls plain addresses only, and leaves redirects to us.

    Told not to follow one, `requests` still reads its whole body and parses its address.
    """

    def request(self, method: Any, url: Any, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request; raises InvalidURL where programs could differ on where it goes."""
        try:
            read_address(url)
        except ValueError:
            raise requests.exceptions.InvalidURL("no plain address") from None
        return super().request(method, url, *arguments, **options)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return no target: a redirect is an answer like any other."""
        del resp


class WatchedConnection(GuardedConnection):
    """A connection that shows its socket to the exchange which waits on it."""

    def getresponse(self) -> Any:
        """Wait for the head of the answer."""
        exchange = getattr(_asking, "exchange", None)
        if exchange is not None and self.sock is not None:
            exchange.watch(self.sock)
        return super().getresponse()


class WatchedTlsConnection(WatchedConnection, GuardedTlsConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = WatchedConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = WatchedTlsConnection


class _WatchedAdapter(HTTPAdapter):
    """Connects as `requests` does, over connections that can be cut."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pools, of our kinds."""
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


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
