"""What an operator allows: FHIR servers, origins of web pages, and rates.

A server is scheme, host, port and path prefix. Comparison is on what was written, and strict: an
address that could be read in two ways is not on any list. Where a name leads is checked when it is
connected to (`outbound`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Self
from urllib.parse import urlsplit

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,252}[a-z0-9])?")
_NUMBER = re.compile(r"(?:.*\.)?(?:0x[0-9a-f]*|[0-9]+)\.?")
"""How an address ends that is a number in another spelling, such as 2852039166 or 0x7f.1."""

_PATH = re.compile(r"(?:/[A-Za-z0-9_~!$&'()*+,=:@.-]+)*")
_RATE = re.compile(r"[1-9][0-9]{0,6}/(second|minute|hour)")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?")
_NOT_PLAIN = re.compile(r"[\s\x00-\x1f\x7f\\@?#%]")
_PORTS = {"http": 80, "https": 443}

_METADATA = frozenset(
    map(
        ip_address,
        (
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fd00:42::42",
            "fd00:ec2::254",
            "fd20:ce::254",
        ),
    )
)
"""Where clouds answer their machines, beside the link-local addresses."""


@dataclass(frozen=True, slots=True)
class Server:
    """An origin and the path below which it may be called."""

    scheme: str
    host: str
    """In lower case; an IPv6 address without brackets."""

    port: int
    path: str
    """Without a slash at the end; empty: everything on that host."""

    @classmethod
    def parse(cls, address: str) -> Self:
        """Read a base URL; raises ValueError with the cure where it is not plainly one."""
        cure = "write a base URL such as https://ehr.example.org/fhir/r4, without query or user"
        try:
            parts = urlsplit(address)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise ValueError(cure) from None
        path = parts.path.rstrip("/")
        if parts.scheme not in _PORTS or _NOT_PLAIN.search(address) or port == 0:
            raise ValueError(cure)
        literal = _literal(host)
        if literal is None and (not _HOST.fullmatch(host) or _NUMBER.fullmatch(host)):
            raise ValueError(cure)
        if not _PATH.fullmatch(path) or {".", ".."} & set(path.split("/")):
            raise ValueError(cure)
        if literal is not None and is_never_called(literal, host):
            raise ValueError("name a server: this address is link-local, metadata or no address")
        return cls(parts.scheme, host, port or _PORTS[parts.scheme], path)

    @property
    def is_loopback(self) -> bool:
        """Whether the address itself, not what its name may resolve to, is this machine's."""
        return names_loopback(self.host)

    @property
    def address(self) -> str:
        """The base URL, with its port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"

    def covers(self, other: "Server") -> bool:
        """Whether *other* is this server, or lies below it."""
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port) and (
            other.path == self.path or other.path.startswith(f"{self.path}/")
        )


@dataclass(frozen=True, slots=True)
class AllowList:
    """The servers that one tenant's requests may name."""

    servers: Sequence[Server]
    loopback: bool = False
    """Whether every server on this machine is allowed besides."""

    def allows(self, address: str) -> bool:
        """Whether a request's `fhirServer` may be called."""
        try:
            asked = Server.parse(address)
        except ValueError:
            return False
        return (self.loopback and asked.is_loopback) or any(
            server.covers(asked) for server in self.servers
        )


def checked_rate(value: str) -> str:
    """Return a rate such as `600/minute`; raises ValueError with the cure."""
    if not _RATE.fullmatch(value):
        raise ValueError("write a number per second, minute or hour, such as 600/minute")
    return value


def checked_origin(value: str) -> str:
    """Return the origin of a web page; raises ValueError with the cure."""
    if not _ORIGIN.fullmatch(value):
        raise ValueError("write an origin in lower case, such as https://ehr.example.org")
    return value


def names_loopback(host: str) -> bool:
    """Whether *host* itself says that it is this machine: `localhost`, 127.0.0.1, ::1."""
    literal = _literal(host)
    return host == "localhost" if literal is None else literal.is_loopback


def is_never_called(address: IPv4Address | IPv6Address, host: str) -> bool:
    """Whether no call may go to *address*, to which *host* resolves.

    This machine is called only under its own names: a foreign name that leads here is a trick, or
    a mistake.
    """
    meant = _embedded(address)
    if meant.is_loopback:
        return not names_loopback(host)
    return (
        meant.is_link_local
        or meant.is_multicast
        or meant.is_unspecified
        or meant.is_reserved
        or meant in _METADATA
        or str(meant).startswith("0.")
    )


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _embedded(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address inside of an IPv6 one, where packets would end up there."""
    if isinstance(address, IPv4Address):
        return address
    if address.packed.startswith(bytes.fromhex("0064ff9b0000000000000000")):  # NAT64
        return IPv4Address(address.packed[12:])
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None) or address
