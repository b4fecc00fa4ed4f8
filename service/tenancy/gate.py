"""Lets calls of CDS Hooks in, or not: who calls, how often, and from which web pages.

Joined in by `app`, before any body is read. What checks tokens and counts calls is imported only
where a setting asks for it.
"""

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask, g, request
from flask_cors import CORS

from service.errors import MemoryUnreachable, StartError, TooMuchText
from service.fhir.client import Session, create_session
from service.settings import Settings

if TYPE_CHECKING:
    from service.tenancy.callers import Callers
    from service.tenancy.rates import Rates
    from service.tenancy.tenants import Tenant, Tenants

CDS_SERVICES = "/cds-services"

_SANDBOX = "https://sandbox.cds-hooks.org"
_THIS_MACHINE = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?\Z")
_EVERYBODY = "open"
_KEYS_SECONDS = 3.0


def add_gate(
    app: Flask, settings: Settings, tenants: "Tenants | None", session: Session | None
) -> None:
    """Put the gate before everything below `/cds-services`; raises StartError."""
    _refuse_careless_start(settings)
    callers = _callers(settings, tenants, session) if tenants else None
    rates = _rates(settings) if tenants or settings.rate else None
    app.before_request(_admission(settings, callers, rates))
    _share_with_pages(app, settings, tenants)


def calling_tenant() -> "Tenant | None":
    """Return who makes the current call; None where callers are not checked."""
    tenant: Tenant | None = g.get("tenant")
    return tenant


def tenant_id() -> str | None:
    """Return the id of the calling tenant, as logs and counters use it."""
    tenant = calling_tenant()
    return tenant.id if tenant else None


def milliseconds() -> float:
    """Return how long the current request has taken so far."""
    now = time.perf_counter()
    started: float = g.get("started", now)
    return (now - started) * 1000


def refuse_late(settings: Settings) -> None:
    """Raise TooMuchText where the time of the current request is over."""
    if milliseconds() > settings.request_timeout_seconds * 1000:
        raise TooMuchText


def seconds_left(settings: Settings) -> float:
    """Return what is left of the time of the current request, more than 0."""
    return max(0.001, settings.request_timeout_seconds - milliseconds() / 1000)


def _refuse_careless_start(settings: Settings) -> None:
    if settings.tenants is not None:
        if not settings.is_on_loopback and settings.public_url is None:
            raise StartError(
                "TRANSPLANT_CDS_PUBLIC_URL: is needed to check callers, as a token names the "
                "address that it is for. Set it to where EHRs reach the service, such as "
                "https://cds.example.org"
            )
        return
    if not settings.is_on_loopback and not settings.open:
        raise StartError(
            "TRANSPLANT_CDS_TENANTS: is needed where others than this machine can reach the "
            "service. Set it to a tenants file (deploy/tenants.example.yaml is one to copy), or "
            "listen on 127.0.0.1, or set TRANSPLANT_CDS_OPEN=true if callers are checked before "
            "the service"
        )


def _callers(settings: Settings, tenants: "Tenants", session: Session | None) -> "Callers":
    from service.fhir.documents import fetch_document  # noqa: PLC0415
    from service.tenancy.callers import Callers  # noqa: PLC0415
    from service.tenancy.key_sets import MOST_BYTES, KeySets  # noqa: PLC0415
    from service.tenancy.replay import RedisReplay, SqlReplay  # noqa: PLC0415

    used = session or create_session(ca_bundle=settings.ca_bundle)

    def fetch(address: str) -> bytes:
        return fetch_document(used, address, seconds=_KEYS_SECONDS, most_bytes=MOST_BYTES)

    redis = settings.redis_address
    if redis:
        return Callers(tenants, KeySets(tenants, fetch), RedisReplay(redis))
    database = SqlReplay(settings.database_address)
    try:
        database.make_file()
    except MemoryUnreachable:
        raise StartError(
            "TRANSPLANT_CDS_DATABASE_URL: used tokens have to be remembered, and the file cannot "
            "be written. Name a file or a PostgreSQL that can be, or set TRANSPLANT_CDS_REDIS_URL"
        ) from None
    return Callers(tenants, KeySets(tenants, fetch), database)


def _rates(settings: Settings) -> "Rates":
    from service.tenancy.rates import Rates  # noqa: PLC0415

    return Rates(settings.redis_address)


def _admission(
    settings: Settings, callers: "Callers | None", rates: "Rates | None"
) -> Callable[[], None]:
    def admit() -> None:
        g.started = time.perf_counter()
        path = request.path.rstrip("/")
        is_call = path == CDS_SERVICES or path.startswith(f"{CDS_SERVICES}/")
        # A browser asks before it calls, and has no token yet.
        if not is_call or request.method == "OPTIONS":
            return
        if callers is not None:
            endpoints = [f"{url}{path}{end}" for url in settings.own_urls for end in ("", "/")]
            g.tenant = callers.identify(request.headers.get("Authorization"), endpoints)
        tenant = calling_tenant()
        rate = tenant.rate if tenant else settings.rate
        if rates is not None and rate is not None:
            rates.count(tenant.id if tenant else _EVERYBODY, rate)

    return admit


def _share_with_pages(app: Flask, settings: Settings, tenants: "Tenants | None") -> None:
    """Answer web pages of other origins, if those are listed."""
    origins: list[str | re.Pattern[str]] = [*settings.listed_origins]
    if tenants is not None:
        origins += [origin for tenant in tenants.all for origin in tenant.cors_origins]
    if not origins and tenants is None and settings.is_on_loopback:
        origins = [_SANDBOX, _THIS_MACHINE]
    if origins:
        CORS(
            app,
            resources={f"{CDS_SERVICES}(/.*)?": {"origins": origins}},
            methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type"],
            expose_headers=["Retry-After", "WWW-Authenticate"],
            max_age=600,
            allow_private_network=settings.is_on_loopback,
            vary_header=True,
            always_send=False,  # a system that is no browser is not told whom else we answer
        )
