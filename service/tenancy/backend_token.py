"""A token of our own for a FHIR server: SMART Backend Services, with a private key of ours.

Used where a request brings no token and the tenants file says how to get one. The token is kept in
memory until shortly before it expires, and goes to that server alone.
"""

import json
import time
import uuid
from collections.abc import Callable
from threading import Lock
from typing import Any

from service.fhir.client import Deadline, Session
from service.fhir.documents import OutboundError, fetch_document
from service.logs import log_warning
from service.tenancy.tenants import BackendServices

_ASSERTION_SECONDS = 240
_SPARE_SECONDS = 30
_SHORTEST_SECONDS = 1
_UNSAID_SECONDS = 300
"""How long a token is used whose answer does not say."""

_MOST_BYTES = 64 * 1024
_LATE = "did not answer in time"
_WAIT_SECONDS = 5.0
"""After the end of an attempt that failed, before the authorization server is asked again."""

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class BackendToken:
    """The token for one FHIR server."""

    def __init__(
        self, services: BackendServices, session: Session, clock: Callable[[], float] = time.time
    ) -> None:
        self._services = services
        self._session = session
        self._clock = clock
        self._lock = Lock()
        self._token = ""
        self._until = float("-inf")
        self._failed_at = float("-inf")
        self._failure = ""

    def get(self, seconds: float) -> str:
        """Return a token that is good, got within *seconds*; raises OutboundError.

        One call asks, the others wait for what it gets, each until its own time is over.
        """
        deadline = Deadline(seconds)
        if not self._lock.acquire(timeout=seconds):
            raise OutboundError(_LATE)
        try:
            if self._clock() < self._until:
                return self._token
            if self._clock() - self._failed_at < _WAIT_SECONDS:
                raise OutboundError(self._failure)
            remaining = deadline.remaining()
            if not remaining:
                raise OutboundError(_LATE)
            return self._new(remaining)
        finally:
            self._lock.release()

    def _new(self, seconds: float) -> str:
        asked_at = self._clock()
        try:
            self._token, lasts = self._asked(seconds)
        except OutboundError as error:
            self._failed_at, self._failure = self._clock(), str(error)
            log_warning("no-token", token_url=self._services.token_url, reason=self._failure)
            raise
        self._until = asked_at + max(_SHORTEST_SECONDS, lasts - _SPARE_SECONDS)
        return self._token

    def _asked(self, seconds: float) -> tuple[str, float]:
        body = fetch_document(
            self._session,
            self._services.token_url,
            seconds=seconds,
            most_bytes=_MOST_BYTES,
            form={
                "grant_type": "client_credentials",
                "scope": self._services.scope,
                "client_assertion_type": _ASSERTION,
                "client_assertion": self._assertion(),
            },
        )
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            raise OutboundError("answered no JSON") from None
        return _token_of(answer)

    def _assertion(self) -> str:
        import jwt  # noqa: PLC0415  only where a server needs it

        services, now = self._services, int(time.time())
        claims = {
            "iss": services.client_id,
            "sub": services.client_id,
            "aud": services.token_url,
            "iat": now,
            "exp": now + _ASSERTION_SECONDS,
            "jti": str(uuid.uuid4()),
        }
        try:
            key = services.private_key_file.read_bytes()
            return jwt.encode(claims, key, services.algorithm, {"kid": services.key_id})
        except (OSError, ValueError, TypeError, jwt.PyJWTError) as error:
            raise OutboundError(f"no private key ({type(error).__name__})") from None


def _token_of(answer: Any) -> tuple[str, float]:
    if not isinstance(answer, dict):
        raise OutboundError("answered without a token")
    token, kind, lasts = (answer.get(x) for x in ("access_token", "token_type", "expires_in"))
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise OutboundError("answered without a token")
    if kind is not None and str(kind).lower() != "bearer":
        raise OutboundError("answered with no bearer token")
    if isinstance(lasts, int | float) and not isinstance(lasts, bool) and lasts > 0:
        return token, float(lasts)
    return token, _UNSAID_SECONDS
