"""Who is calling: the JWT of CDS Hooks, checked against the tenants file.

Imported only where there is such a file. Cheap checks come first: a stranger costs little, and
calls go only to a `jku` of the file. Whatever is wrong, the caller hears the same; our log says the
reason, in words of ours.
"""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jwt

from service.errors import UnknownCaller
from service.tenancy.key_sets import KeySets, PublicKey
from service.tenancy.replay import ReplayMemory
from service.tenancy.tenants import Tenant, Tenants

LEEWAY_SECONDS = 30
MOST_TOKEN_CHARACTERS = 8192
_LONGEST_ID = 1024
_SEGMENTS = 3
_MOST_SECONDS = 1 << 53


class Callers:
    """Those who may call."""

    def __init__(
        self,
        tenants: Tenants,
        keys: KeySets,
        used: ReplayMemory,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._tenants = tenants
        self._keys = keys
        self._used = used
        self._clock = clock

    def identify(self, authorization: str | None, endpoints: Sequence[str]) -> Tenant:
        """Return whose token stands in the header Authorization.

        *endpoints* are the addresses of the endpoint called, one of which `aud` must name. Raises
        UnknownCaller, and MemoryUnreachable where a replay could not be told.
        """
        token = _bearer(authorization)
        header, claims = _unverified(token)
        tenant = self._tenants.of(claims.get("iss"), claims.get("tenant"))
        if tenant is None:
            raise UnknownCaller("iss (or tenant) is not listed")
        try:
            self._verify(token, header, tenant, _algorithm(header, tenant), endpoints)
            self._use(claims, tenant)
        except UnknownCaller as error:
            # Said by the token, and not shown yet: for those who look for the fault.
            raise UnknownCaller(f"{error.reason}; it says that it is {tenant.id}") from error
        return tenant

    def _verify(
        self,
        token: str,
        header: Mapping[str, Any],
        tenant: Tenant,
        algorithm: str,
        endpoints: Sequence[str],
    ) -> None:
        kid, jku = header.get("kid"), header.get("jku")
        if not isinstance(kid, str) or not 0 < len(kid) <= _LONGEST_ID:
            raise UnknownCaller("kid is missing")
        if jku is not None and jku not in tenant.jku:
            raise UnknownCaller("jku is not listed")
        keys = [key for key in self._keys.keys_for(tenant, kid, jku) if algorithm in key.algorithms]
        if not keys:
            raise UnknownCaller("no key of this kid is for this algorithm")
        reason = ""
        for key in keys:
            reason = _fault(token, key, algorithm, tenant, endpoints)
            if not reason:
                return
        raise UnknownCaller(reason)

    def _use(self, claims: Mapping[str, Any], tenant: Tenant) -> None:
        longest = tenant.longest_token_seconds
        seconds: float = claims["exp"] - self._clock() + LEEWAY_SECONDS
        if seconds > longest + 2 * LEEWAY_SECONDS:
            raise UnknownCaller("exp is too far away")
        # Epic counts from `nbf`, minutes before `iat`; what a token is good for begins at `iat`.
        if claims["exp"] - claims["iat"] > longest:
            raise UnknownCaller("the token is good for longer than the tenant's may be")
        if not self._used.is_first_use(_digest(claims), seconds):
            raise UnknownCaller("jti was used before")


def _bearer(authorization: str | None) -> str:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise UnknownCaller("no bearer token")
    if len(token) > MOST_TOKEN_CHARACTERS:
        raise UnknownCaller("the token is too long")
    return token.strip()


def _unverified(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return header and claims as they are claimed, of the right shapes."""
    segments = token.split(".")
    if len(segments) != _SEGMENTS:
        raise UnknownCaller("the token is no JWT")
    header, claims = map(_claimed, segments[:2])
    if str(header.get("typ", "JWT")).upper() != "JWT":
        raise UnknownCaller("typ is not JWT")
    for name in ("exp", "iat", "nbf"):
        value = claims.get(name, None if name == "nbf" else "missing")
        if value is not None and not _is_number(value):
            raise UnknownCaller(f"{name} is no time")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_ID:
        raise UnknownCaller("jti is missing")
    return header, claims


def _claimed(segment: str) -> Mapping[str, Any]:
    """Return what a segment says, to know whose keys to look for.

    The library reads it again, and more strictly, when it verifies; for the first look it would
    take as long as for that.
    """
    try:
        said = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError) as error:
        raise UnknownCaller("the token is no JWT") from error
    if not isinstance(said, dict):
        raise UnknownCaller("the token is no JWT")
    return said


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return -_MOST_SECONDS < value < _MOST_SECONDS  # which nan and infinity are not


def _algorithm(header: Mapping[str, Any], tenant: Tenant) -> str:
    """Return the algorithm of the list that the token names: never `none`, never symmetric."""
    for algorithm in tenant.algorithms:
        if header.get("alg") == algorithm:
            return algorithm
    raise UnknownCaller("alg is not listed")


def _fault(
    token: str, key: PublicKey, algorithm: str, tenant: Tenant, endpoints: Sequence[str]
) -> str:
    """Return what is wrong with the token under that key; nothing: it is right."""
    try:
        jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            audience=list(endpoints),
            issuer=tenant.iss,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "aud", "exp", "iat", "jti"]},
        )
    except jwt.PyJWTError as error:
        return f"the token is refused ({type(error).__name__})"  # the kind only, never its text
    except (ValueError, TypeError, OverflowError, RecursionError):
        return "the token cannot be read"
    return ""


def _digest(claims: Mapping[str, Any]) -> str:
    named = f"{len(claims['iss'])}:{claims['iss']}:{claims['jti']}"
    return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()
