"""Which FHIR server a request is answered from, and with which token; `app` gives it to `web`.

The request's own server and token, if its tenant may name that server; a token of ours where the
request brings none and the tenants file says how to get one; otherwise the prefetch alone.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from service.fhir.allowlist import AllowList
from service.fhir.client import (
    SIDE_BY_SIDE,
    Deadline,
    FhirServer,
    Session,
    create_session,
    session_per_server,
)
from service.fhir.documents import OutboundError
from service.fhir.source import Answer, Cause, Question, Source, Unread
from service.hook import HookRequest
from service.logs import log_warning
from service.settings import Settings
from service.tenancy.gate import calling_tenant, seconds_left

if TYPE_CHECKING:
    from service.tenancy.backend_token import BackendToken
    from service.tenancy.tenants import Tenants

NOT_ALLOWED = (
    "fhirServer is no server that this service may call; its operator lists those in "
    "TRANSPLANT_CDS_FHIR_SERVERS, or for a tenant under fhir_servers"
)


class Refused:
    """In the place of a FHIR server that may not be called."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """Answer nothing, and say why."""
        return [Unread(NOT_ALLOWED, Cause.REFUSED)] * len(questions)


class WithOwnToken:
    """A FHIR server that is asked with a token of ours, got when the first question comes."""

    def __init__(
        self, base_url: str, token: Callable[[], str], server_with: Callable[[str], Source]
    ) -> None:
        """*token* may raise OutboundError; *server_with* takes what it returns."""
        self.base_url = base_url
        self._token = token
        self._server_with = server_with

    def answers(self, questions: Sequence[Question]) -> list[Answer]:
        """Ask the server; without a token no question is answered."""
        try:
            server = self._server_with(self._token())
        except OutboundError as error:
            reason = f"no access token could be had: the authorization server {error}"
            return [Unread(reason, Cause.REFUSED)] * len(questions)
        return server.answers(questions)


def sources(
    settings: Settings, tenants: "Tenants | None", session: Session | None
) -> Callable[[HookRequest], Source | None]:
    """Return what gives each request its FHIR server; none where it names none."""
    _warn_of_plain_http(settings, tenants)
    pooled = session_per_server(settings.threads * SIDE_BY_SIDE, ca_bundle=settings.ca_bundle)
    lists: dict[str, AllowList] = {}
    tokens: dict[tuple[str, str], BackendToken] = {}
    without_tenants = settings.allow_list
    if tenants is not None:
        lists = {tenant.id: tenant.allow_list for tenant in tenants.all}
        tokens = _tokens(tenants, session or create_session(ca_bundle=settings.ca_bundle))

    def source_for(request: HookRequest) -> Source | None:
        address, token = request.fhir_server, request.access_token
        if address is None:
            return None
        tenant = calling_tenant()
        allowed = without_tenants if tenant is None else lists[tenant.id]
        if not allowed.allows(address):
            return Refused(address)
        deadline = Deadline(min(settings.fhir_timeout_seconds, seconds_left(settings)))
        entry = tenant.entry_for(address) if tenant and token is None else None
        ours = tokens.get((tenant.id, entry.url)) if tenant and entry else None
        used = session or pooled(address)
        if ours is None:
            return FhirServer(address, used, deadline, token)
        return WithOwnToken(
            address,
            lambda: ours.get(deadline.remaining()),
            lambda own: FhirServer(address, used, deadline, own),
        )

    return source_for


def _warn_of_plain_http(settings: Settings, tenants: "Tenants | None") -> None:
    """Log the listed servers to which tokens and records would travel in clear."""
    lists = [settings.allow_list] if tenants is None else [each.allow_list for each in tenants.all]
    for server in dict.fromkeys(server for allowed in lists for server in allowed.servers):
        if server.scheme != "https" and not server.is_loopback:
            log_warning(
                "TOKENS AND RECORDS TRAVEL IN CLEAR",
                fhir_server=server.address,
                cure="list the server by https, or see that nobody listens on the way to it",
            )


def _tokens(tenants: "Tenants", session: Session) -> "dict[tuple[str, str], BackendToken]":
    from service.tenancy.backend_token import BackendToken  # noqa: PLC0415

    return {
        (tenant.id, entry.url): BackendToken(entry.backend_services, session)
        for tenant in tenants.all
        for entry in tenant.fhir_servers
        if entry.backend_services is not None
    }
