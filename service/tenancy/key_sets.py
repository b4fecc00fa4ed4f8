"""The public keys of callers: from files, or from their `jku`, kept for a while.

Only addresses of the tenants file are ever asked, so the memory is as bounded as that file.
"""

import json
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from service.fhir.documents import OutboundError
from service.logs import log_warning
from service.tenancy.tenants import Tenant, Tenants

FRESH_SECONDS = 300.0
"""How long fetched keys are used without a look whether they still stand there."""

STALE_SECONDS = 3600.0
"""How long they are used while their address does not answer."""

WAIT_SECONDS = 10.0
"""Between two looks, however many unknown `kid` are sent."""

MOST_KEYS = 100
MOST_BYTES = 256 * 1024
_LEAST_RSA_BITS = 2048
_PUBLIC = frozenset(("kty", "crv", "x", "y", "n", "e"))
_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key, and the algorithms that it may be used with."""

    key: Any
    algorithms: frozenset[str]


_Keys = Mapping[str, list[PublicKey]]


def read_keys(content: Any) -> _Keys:
    """Return the usable public keys of a JSON Web Key Set by `kid`; the others are passed over."""
    keys: dict[str, list[PublicKey]] = {}
    entries = content.get("keys") if isinstance(content, dict) else None
    for entry in (entries if isinstance(entries, list) else ())[:MOST_KEYS]:
        kid = entry.get("kid") if isinstance(entry, dict) else None
        key = _public_key(entry) if isinstance(kid, str) and kid else None
        if key is not None:
            keys.setdefault(str(kid), []).append(key)
    return keys


class KeySets:
    """The keys of all tenants."""

    def __init__(
        self,
        tenants: Tenants,
        fetch: Callable[[str], bytes],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """*fetch* returns the document at a `jku` or raises OutboundError."""
        self._filed = {name: read_keys(content) for name, content in tenants.key_sets.items()}
        addresses = {jku for tenant in tenants.all for jku in tenant.jku}
        self._fetched = {jku: _Fetched(jku, fetch, clock) for jku in addresses}

    def keys_for(self, tenant: Tenant, kid: str, jku: str | None) -> Iterable[PublicKey]:
        """Yield the tenant's keys of that id: its file's, then those at *jku* or each listed one.

        *jku* is one of the tenant's own.
        """
        filed = self._filed.get(tenant.id, {}).get(kid)
        if filed:
            yield from filed
            return
        for address in tenant.jku if jku is None else (jku,):
            yield from self._fetched[address].keys_of(kid)


@dataclass(slots=True)
class _Fetched:
    """The keys at one address."""

    address: str
    fetch: Callable[[str], bytes]
    clock: Callable[[], float]
    keys: _Keys = field(default_factory=dict)
    fetched_at: float = float("-inf")
    tried_at: float = float("-inf")
    lock: Lock = field(default_factory=Lock)

    def keys_of(self, kid: str) -> list[PublicKey]:
        """Return the keys of that id, after a look at the address where one is due."""
        if kid not in self.keys or not self._is_younger_than(FRESH_SECONDS):
            with self.lock:
                if kid not in self.keys or not self._is_younger_than(FRESH_SECONDS):
                    self._look()
        return self.keys.get(kid, []) if self._is_younger_than(STALE_SECONDS) else []

    def _is_younger_than(self, seconds: float) -> bool:
        return self.clock() - self.fetched_at < seconds

    def _look(self) -> None:
        if self.clock() - self.tried_at < WAIT_SECONDS:
            return
        self.tried_at = self.clock()
        try:
            self.keys = read_keys(json.loads(self.fetch(self.address)))
            self.fetched_at = self.clock()
        except OutboundError as error:
            log_warning("keys-not-fetched", jku=self.address, reason=str(error))
        except (ValueError, RecursionError):
            log_warning("keys-not-fetched", jku=self.address, reason="answered no JSON")


def _public_key(entry: Mapping[str, Any]) -> PublicKey | None:
    """Return the public part of a key that is for signatures and strong enough."""
    algorithms = _algorithms(entry)
    operations = entry.get("key_ops")
    if (
        not algorithms
        or entry.get("use", "sig") != "sig"
        or (isinstance(operations, list) and "verify" not in operations)
    ):
        return None
    public = {name: value for name, value in entry.items() if name in _PUBLIC}
    try:
        key = jwt.PyJWK(public, algorithm=min(algorithms)).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size < _LEAST_RSA_BITS:
        return None
    return PublicKey(key, algorithms)


def _algorithms(entry: Mapping[str, Any]) -> frozenset[str]:
    """Return what the key may be used with: by its kind, and by its own word where it has one."""
    kind, curve, stated = entry.get("kty"), entry.get("crv"), entry.get("alg")
    possible: frozenset[str] = frozenset()
    if kind == "RSA":
        possible = frozenset(("RS256", "RS384", "RS512"))
    elif kind == "EC" and isinstance(curve, str) and curve in _CURVES:
        possible = frozenset((_CURVES[curve],))
    if stated is None:
        return possible
    return possible & {stated} if isinstance(stated, str) else frozenset()
