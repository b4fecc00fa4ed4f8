"""The sessions over which everything leaves: pooled for each server, and guarded by `outbound`.

Their connections show their sockets to who waits for an answer (`connections`), to be cut in time.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from service.fhir.outbound import GuardedConnection, GuardedTlsConnection, read_address

Session = requests.Session
"""What holds the connections to a server, for those who pass it on."""

Watch = Callable[[socket.socket], None]
"""Takes the socket on which the current thread waits for an answer."""

MOST_SERVERS = 64
"""Servers whose connections are kept; the one that was asked longest ago goes first."""

_asking = threading.local()
"""Its `watch` is that of the one for whom this thread sends a request."""


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


@contextmanager
def shown_to(watch: Watch) -> Iterator[None]:
    """Show the sockets of what the current thread sends to *watch*."""
    _asking.watch = watch
    try:
        yield
    finally:
        _asking.watch = None


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
    """A connection that shows its socket to whoever waits on it."""

    def getresponse(self) -> Any:
        """Wait for the head of the answer."""
        watch: Watch | None = getattr(_asking, "watch", None)
        if watch is not None and self.sock is not None:
            watch(self.sock)
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
