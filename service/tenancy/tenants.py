"""The tenants file: who may call, with which keys, and which FHIR servers are read for them.

Read once, when the service starts. `callers` knows a caller by it, `app` takes the rest.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from cards.faults import refused
from cards.forms import matching
from service.errors import StartError
from service.fhir.allowlist import AllowList, Server, checked_origin, checked_rate

Algorithm = Literal["ES256", "ES384", "ES512", "RS256", "RS384", "RS512"]


class TenantsError(StartError):
    """The tenants file cannot be used; a line for each fault: file, key, cure."""


def _server(value: str) -> str:
    Server.parse(value)
    return value


def _key_address(value: str) -> str:
    server = Server.parse(value)
    if server.scheme != "https" and not server.is_loopback:
        raise ValueError("write an https address; plain http is for this machine only")
    return value


_KeyAddress = Annotated[str, AfterValidator(_key_address)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class BackendServices(_Strict):
    """How we get a token of our own: SMART Backend Services with a private key."""

    token_url: _KeyAddress
    client_id: Annotated[str, Field(min_length=1, max_length=255)]
    private_key_file: Path
    """A PEM file; relative to the tenants file."""

    key_id: Annotated[str, Field(min_length=1, max_length=255)]
    """The `kid` under which the EHR knows the public key."""

    algorithm: Literal["ES384", "RS384"] = "ES384"
    scope: Annotated[str, Field(min_length=1)]


class FhirServerEntry(_Strict):
    """A FHIR server that the tenant's requests may name."""

    url: Annotated[str, AfterValidator(_server)]
    backend_services: BackendServices | None = None

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"url": value} if isinstance(value, str) else value


class Tenant(_Strict):
    """One organisation whose EHR calls."""

    id: Annotated[
        str,
        matching(
            r"[a-z0-9][a-z0-9-]{0,63}",
            "write lower-case letters, digits and dashes, a letter or digit first, 64 at the most",
        ),
    ]
    """Ours, for logs and counters."""

    iss: Annotated[str, Field(min_length=1, max_length=2000)]
    tenant: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """The claim of that name, where one `iss` speaks for several organisations."""

    jku: tuple[_KeyAddress, ...] = ()
    keys_file: Path | None = None
    """A JSON Web Key Set; relative to the tenants file."""

    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = get_args(Algorithm)
    longest_token_seconds: Annotated[int, Field(ge=60, le=86400)] = 3600
    fhir_servers: tuple[FhirServerEntry, ...] = ()
    cors_origins: tuple[Annotated[str, AfterValidator(checked_origin)], ...] = ()
    rate: Annotated[str, AfterValidator(checked_rate)] = "600/minute"

    @model_validator(mode="after")
    def _has_keys(self) -> Self:
        if not self.jku and self.keys_file is None:
            raise ValueError("has no keys: give jku, or keys_file, or both")
        return self

    @field_validator("fhir_servers")
    @classmethod
    def _each_once(cls, value: tuple[FhirServerEntry, ...]) -> tuple[FhirServerEntry, ...]:
        if len({Server.parse(each.url) for each in value}) < len(value):
            raise ValueError("name each server once")
        return value

    @property
    def allow_list(self) -> AllowList:
        """The FHIR servers that this tenant's requests may name: those of the file, no others."""
        return AllowList([Server.parse(each.url) for each in self.fhir_servers])

    def entry_for(self, address: str) -> FhirServerEntry | None:
        """Return the most particular entry that covers a server that is allowed."""
        asked = Server.parse(address)
        covering = [each for each in self.fhir_servers if Server.parse(each.url).covers(asked)]
        return max(covering, key=lambda each: len(Server.parse(each.url).path), default=None)


class _File(_Strict):
    tenants: Annotated[tuple[Tenant, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Tenants:
    """Everybody who may call."""

    by_issuer: Mapping[tuple[str, str | None], Tenant]
    key_sets: Mapping[str, Any]
    """The content of each tenant's key file, by the tenant's id."""

    @property
    def all(self) -> Sequence[Tenant]:
        """Each tenant, in the order of the file."""
        return list(self.by_issuer.values())

    def of(self, issuer: object, claim: object) -> Tenant | None:
        """Return who is meant by `iss` and the optional claim `tenant`."""
        if not isinstance(issuer, str) or not isinstance(claim, str | None):
            return None
        return self.by_issuer.get((issuer, claim)) or self.by_issuer.get((issuer, None))


def load_tenants(file: Path) -> Tenants:
    """Read the tenants file and the files that it names; raises TenantsError."""
    tenants = _read(file).tenants
    faults = [
        f"{file}: tenants.{at}: {tenant.id} is there twice; give each its own id, and each iss "
        "once (or a different tenant claim to each)"
        for at, tenant in enumerate(tenants)
        for earlier in tenants[:at]
        if earlier.id == tenant.id or (earlier.iss, earlier.tenant) == (tenant.iss, tenant.tenant)
    ]
    key_sets: dict[str, Any] = {}
    placed = []
    for at, tenant in enumerate(tenants):
        key = f"tenants.{at}.keys_file"
        if tenant.keys_file is not None:
            try:
                key_sets[tenant.id] = _key_set(file.parent / tenant.keys_file)
            except (OSError, ValueError) as error:
                faults.append(f"{file}: {key}: {_said(error)}")
        placed.append(_with_places(tenant, file, at, faults))
    if faults:
        raise TenantsError("\n".join(faults))
    return Tenants({(each.iss, each.tenant): each for each in placed}, key_sets)


def _read(file: Path) -> _File:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise TenantsError(f"{file}: cannot be read ({_said(error)})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise TenantsError(f"{file}: is no YAML{where}") from None
    try:
        return _File.model_validate(content)
    except ValidationError as error:
        faults = refused(str(file), error, model=_File)
        raise TenantsError("\n".join(map(str, faults))) from None


def _key_set(file: Path) -> Any:
    try:
        content = json.loads(file.read_bytes())
    except ValueError:
        raise ValueError("is no JSON; give a JSON Web Key Set") from None
    if not isinstance(content, dict) or not isinstance(content.get("keys"), list):
        raise ValueError(  # noqa: TRY004  said to the operator with the other faults
            "is no JSON Web Key Set; it has no list of keys"
        )
    return content


def _with_places(tenant: Tenant, file: Path, at: int, faults: list[str]) -> Tenant:
    """Return the tenant with its private keys' files found from the tenants file."""
    entries = []
    for place, entry in enumerate(tenant.fhir_servers):
        services = entry.backend_services
        if services is not None:
            found = file.parent / services.private_key_file
            if not found.is_file():
                faults.append(
                    f"{file}: tenants.{at}.fhir_servers.{place}.backend_services.private_key_file: "
                    "is no file; name a PEM file"
                )
            services = services.model_copy(update={"private_key_file": found})
        entries.append(entry.model_copy(update={"backend_services": services}))
    return tenant.model_copy(update={"fhir_servers": tuple(entries)})


def _said(error: Exception) -> str:
    return error.strerror or "error" if isinstance(error, OSError) else str(error)
