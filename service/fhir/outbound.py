"""Guards every connection out: TLS verified, and no address that is never called.

Names are resolved here, and the very address that was checked is connected to: a name that answers
differently the second time (DNS rebinding) gains nothing.
"""

import re
import socket
from ipaddress import ip_address
from urllib.parse import unquote, urljoin, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import Url, connection, parse_url

from service.fhir.allowlist import is_never_called

_PORTS = {"http": 80, "https": 443}
_ODD = re.compile(r"[\s\\\x00-\x1f\x7f]")
_AUTHORITY = re.compile(r"[^/?#]*//(?P<written>[^/?#]*)")


def read_address(address: str) -> Url:
    """Return an address in parts, as the library that connects reads it; raises ValueError.

    What programs read in different ways is no address: a backslash, after which one sees the path
    and another the host; a user, who would besides take the place of the token; white space and
    control characters, which some drop.
    """
    written = _AUTHORITY.match(address)
    if _ODD.search(address) or written is None or "@" in written["written"]:
        raise ValueError("no plain address")
    parts = parse_url(address)
    if parts.scheme not in _PORTS or not parts.host:
        raise ValueError("no web address")
    return parts


def below(base: str, here: str, link: str) -> str:
    """Return where *link* leads, given by a server *here*: to its *base* or below it.

    Raises ValueError where it leads elsewhere. Unlike a base URL it may have a query, and signs
    that servers put into links to pages. A path that somebody on the way could read as another
    (dot segments, however they are written) leads elsewhere.
    """
    if _ODD.search(link):
        raise ValueError("no plain address")  # joining would drop some of it
    address = urljoin(here, link)
    path = urlsplit(address).path
    segments = re.split(r"[/\\]", unquote(unquote(path)))
    own = urlsplit(base).path.rstrip("/")
    if (
        _origin(read_address(address)) != _origin(read_address(base))
        or any(each.partition(";")[0] in (".", "..") for each in segments)
        or not (path == own or path.startswith(f"{own}/"))
    ):
        raise ValueError("another address")
    return address


class GuardedConnection(HTTPConnection):
    """Connects to an address that was looked at."""

    def _new_conn(self) -> socket.socket:
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError as error:
            raise NewConnectionError(self, "no name of a host") from error
        addresses = [str(each[4][0]) for each in found]
        if any(is_never_called(ip_address(address), self.host) for address in addresses):
            raise NewConnectionError(self, "leads to an address that is never called")
        failure: OSError | None = None
        for address in dict.fromkeys(addresses):
            try:
                return connection.create_connection(
                    (address, self.port), self.timeout, self.source_address, self.socket_options
                )
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "timed out") from failure
        raise NewConnectionError(self, "no address of the host answers") from failure


class GuardedTlsConnection(GuardedConnection, HTTPSConnection):
    """The same under TLS."""


def _origin(parts: Url) -> tuple[str | None, str | None, int | None]:
    port = _PORTS.get(parts.scheme or "") if parts.port is None else parts.port
    return parts.scheme, parts.host, port
