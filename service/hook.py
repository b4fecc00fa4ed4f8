"""CDS Hooks on the wire: a request body in, a HookRequest out; and the discovery document.

Only the envelope and the draft orders are decoded. The prefetch stays raw until somebody asks for
it, because almost no order is a transplant.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from cards.library import Library
from cards.record.chart import Resource, is_id
from cards.review import all_searches
from service.decoding import CURES, decode, mended, wrong
from service.depth import refuse_deep
from service.errors import BadRequest, UnknownService
from service.fhir.unsound import with_whole_characters


@dataclass(frozen=True, slots=True)
class Service:
    """One CDS service, as the discovery document describes it."""

    id: str
    hook: str
    title: str


SERVICES: Mapping[str, Service] = {
    service.id: service
    for service in (
        Service(
            "transplant-policy-order-sign",
            "order-sign",
            "Coverage policies on stem cell transplantation",
        ),
        Service(
            "transplant-policy-order-select",
            "order-select",
            "Coverage policies on stem cell transplantation, while ordering",
        ),
    )
}

_DESCRIPTION = (
    "Reviews transplant and cell therapy orders against the payers' published coverage policies "
    "and says which criteria are met, which are not, and what to document. A coverage notice, not "
    "a clinical recommendation."
)
_USAGE = (
    "Prefetch is used first. What it leaves out is read from fhirServer, with the access token of "
    "the request where there is one."
)
_SPECIFICATION = "2.0.1"
_NULL = b"null"

_TOKEN = re.compile(r"[\x21-\x7e]{1,65536}")


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A request that is well formed; what is in the prefetch is not known yet."""

    service: Service
    hook_instance: str
    patient_id: str
    """The bare FHIR id."""

    encounter_id: str | None = field(repr=False)
    """The bare FHIR id; None where the context names none that can be read."""

    draft_orders: tuple[Resource, ...] = field(repr=False)
    selections: frozenset[str] | None = field(repr=False)
    """The `Type/id` that the user selected; None: all orders."""

    fhir_server: str | None = field(repr=False)
    """Base URL without a slash at the end."""

    access_token: str | None = field(repr=False)
    """For `fhir_server` and nobody else."""

    raw_prefetch: msgspec.Raw = field(repr=False)

    def prefetch(self) -> dict[str, Any]:
        """Decode the prefetch now; raises BadRequest where it is no object or cannot be read."""
        if memoryview(self.raw_prefetch) == _NULL:
            return {}
        try:
            return decode(self.raw_prefetch, dict[str, Any], "prefetch")
        except BadRequest as error:
            return mended(bytes(self.raw_prefetch), error)


class _Authorization(msgspec.Struct):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105  the name of a scheme


class _Envelope(msgspec.Struct):
    hook: str
    hook_instance: str = msgspec.field(name="hookInstance")
    context: msgspec.Raw
    fhir_server: str | None = msgspec.field(name="fhirServer", default=None)
    fhir_authorization: _Authorization | None = msgspec.field(
        name="fhirAuthorization", default=None
    )
    prefetch: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(_NULL))


class _Entry(msgspec.Struct):
    resource: dict[str, Any] | None = None


class _DraftOrders(msgspec.Struct):
    resource_type: str = msgspec.field(name="resourceType")
    entry: list[_Entry] | None = None


class _Context(msgspec.Struct, kw_only=True):
    patient_id: str = msgspec.field(name="patientId")
    draft_orders: _DraftOrders = msgspec.field(name="draftOrders")
    user_id: str | None = msgspec.field(name="userId", default=None)
    encounter_id: str | None = msgspec.field(name="encounterId", default=None)


class _SelectContext(_Context, kw_only=True):
    selections: list[str]


_AnyContext = TypeVar("_AnyContext", bound=_Context)


def service_named(service_id: str) -> Service:
    """Return the service with that id; raises UnknownService."""
    if service_id not in SERVICES:
        raise UnknownService(
            f"No CDS service has this id. The services are {', '.join(SERVICES)}.", field="id"
        )
    return SERVICES[service_id]


def service_for(body: bytes) -> Service:
    """Return the service for a saved request, by its hook; raises BadRequest."""
    hook = _envelope(body).hook
    for service in SERVICES.values():
        if service.hook == hook:
            return service
    hooks = " or ".join(service.hook for service in SERVICES.values())
    raise BadRequest("hook", "no service is called at this hook", f"Send {hooks}")


def read_request(body: bytes, service: Service) -> HookRequest:
    """Read a request to *service*; raises BadRequest naming the field and the cure."""
    envelope = _envelope(body)
    refuse_deep(bytes(envelope.context))
    if envelope.hook != service.hook:
        raise BadRequest(
            "hook",
            f"the service {service.id} is called at {service.hook}",
            f"Send {service.hook}, or call the service of your hook",
            code="value",
        )
    if not envelope.hook_instance.strip():
        raise BadRequest("hookInstance", "is empty", CURES["hookInstance"], code="value")
    selects = service.hook == "order-select"
    context = _context(envelope.context, _SelectContext if selects else _Context)
    _refuse_two_patients(envelope.context)
    orders = context.draft_orders
    if orders.resource_type != "Bundle":
        raise wrong("context.draftOrders", "is no FHIR Bundle")
    return HookRequest(
        service=service,
        hook_instance=envelope.hook_instance.strip(),
        patient_id=_patient_id(context.patient_id),
        encounter_id=_encounter_id(context.encounter_id),
        draft_orders=tuple(entry.resource for entry in orders.entry or () if entry.resource),
        selections=frozenset(context.selections) if isinstance(context, _SelectContext) else None,
        fhir_server=fhir_base(envelope.fhir_server),
        access_token=_access_token(envelope.fhir_authorization),
        raw_prefetch=envelope.prefetch,
    )


def fhir_base(address: str | None) -> str | None:
    """Return the base URL without a slash at the end, None for none; raises BadRequest."""
    if address is None or not address.strip():
        return None
    try:
        parts = urlsplit(address.strip())
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise wrong("fhirServer", "is no web address") from None
    if not usable or parts.query or parts.fragment or re.search(r"[\s\\]", parts.netloc):
        raise wrong("fhirServer", "is no web address")
    if "@" in parts.netloc:
        raise wrong("fhirServer", "holds a user name")
    return address.strip().rstrip("/")


def discovery(library: Library) -> dict[str, Any]:
    """Return the discovery document; its prefetch asks for what the policies read."""
    prefetch = {search.key: search.prefetch_template() for search in all_searches(library)}
    services = []
    for service in SERVICES.values():
        entry: dict[str, Any] = {
            "id": service.id,
            "hook": service.hook,
            "title": service.title,
            "description": _DESCRIPTION,
            "usageRequirements": _USAGE,
            "version": _SPECIFICATION,
        }
        if prefetch:
            entry["prefetch"] = prefetch
        services.append(entry)
    return {"services": services}


def _envelope(body: bytes) -> _Envelope:
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        body.decode()  # what stays raw below would else go unchecked
    except UnicodeDecodeError as error:
        raise BadRequest(
            "body", f"byte {error.start} is not UTF-8", "Send JSON in UTF-8", code="structure"
        ) from None
    try:
        return decode(body, _Envelope, "")
    except BadRequest:
        mended = with_whole_characters(body)
        if mended == body:
            raise
    return decode(mended, _Envelope, "")


def _context(raw: msgspec.Raw, kind: type[_AnyContext]) -> _AnyContext:
    try:
        return decode(raw, kind, "context")
    except BadRequest as error:
        try:
            return msgspec.convert(mended(bytes(raw), error), kind)
        except msgspec.ValidationError:
            raise error from None


def _refuse_two_patients(context: msgspec.Raw) -> None:
    """Raise BadRequest where the context says twice whose it is: readers of JSON take either."""
    written = bytes(context)
    if written.count(b'"patientId"') < 2:  # noqa: PLR2004  the everyday way out
        return
    names = [name for name, _ in json.loads(written, object_pairs_hook=list, parse_int=str)]
    if names.count("patientId") > 1:
        raise wrong("context.patientId", "stands there twice")


def _patient_id(value: str) -> str:
    """Return the bare id, also of `Patient/x` and of a URL that ends so."""
    bare = value.strip().rpartition("Patient/")[2].partition("/_history/")[0]
    if not is_id(bare):
        raise wrong("context.patientId", "is no FHIR id")
    return bare


def _encounter_id(value: str | None) -> str | None:
    """Return the bare id; None for anything else, as no more than the setting hangs on it."""
    bare = (value or "").strip().rpartition("Encounter/")[2].partition("/_history/")[0]
    return bare if is_id(bare) else None


def _access_token(authorization: _Authorization | None) -> str | None:
    if authorization is None:
        return None
    if authorization.token_type.lower() != "bearer":
        raise wrong("fhirAuthorization.token_type", "is not Bearer")
    if not _TOKEN.fullmatch(authorization.access_token):
        raise wrong("fhirAuthorization.access_token", "is no bearer token")
    return authorization.access_token
