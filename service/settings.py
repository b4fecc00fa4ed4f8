"""The service's settings: the only module that reads the environment (and a `.env` file)."""

import difflib
import os
import re
import ssl
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from cards.forms import Day
from service.errors import SettingsError
from service.fhir.allowlist import AllowList, Server, checked_origin, checked_rate

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_PREFIX = "TRANSPLANT_CDS_"
_POSTGRESQL = ("postgresql", "postgres")
_WEB_ADDRESS = (
    "write a web address such as https://cds.example.org, without user, query, fragment or spaces"
)
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Settings(BaseSettings):
    """How this service runs; each field is the variable TRANSPLANT_CDS_<NAME>."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    host: str = "127.0.0.1"
    """The address to listen on."""

    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    """The port to listen on."""

    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that answer requests."""

    threads: Annotated[int, Field(ge=2, le=256)] = 16
    """Requests that one process answers side by side; most of them wait for a FHIR server."""

    public_url: str | None = None
    """Where users and EHRs reach the service, if that is not http://HOST:PORT."""

    payer_matching: Literal["strict", "reference"] = "reference"
    """Whether other payers' policies are shown where the member's payer has none."""

    as_of: Day | None = None
    """The day as of which orders are reviewed; unset: today. For demonstrations and tests."""

    time_zone: str = "UTC"
    """An IANA time zone, which says what day today is."""

    fhir_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 4.0
    """Time for all that one call reads from a FHIR server."""

    max_body_bytes: Annotated[int, Field(ge=1024, le=1 << 30)] = 16 * 1024 * 1024
    """The largest request that is read."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe level that is logged."""

    policies_dir: Path | None = None
    """A folder of policies in the place of those that come with the service."""

    concept_map: Path | None = None
    """A FHIR R4 ConceptMap from the site's own order codes to those that the service knows."""

    demo: bool | None = None
    """Whether the stories are served, as pages and as a FHIR server; unset: only on loopback."""

    tenants: Path | None = None
    """The file that says who may call; unset: callers are not checked."""

    open: bool = False
    """Whether callers may go unchecked although others than this machine can reach the service."""

    fhir_servers: str | None = None
    """FHIR servers that may be called where there are no tenants: base URLs, with commas."""

    cors_origins: str | None = None
    """Origins whose web pages may call; separated by commas."""

    rate: str | None = None
    """How many calls are answered where there are no tenants, such as `600/minute`."""

    redis_url: SecretStr | None = None
    """Where workers and replicas share used tokens and rates."""

    ca_bundle: Path | None = None
    """A PEM file of certificate authorities, in the place of the usual ones, for calls out."""

    request_timeout_seconds: Annotated[float, Field(gt=0, le=50)] = 10.0
    """Time for one request, from its first byte to the answer."""

    max_orders: Annotated[int, Field(ge=1, le=10000)] = 500
    """The most draft orders of one request."""

    database_url: SecretStr | None = None
    """Where feedback and the audit trail are kept; unset: an SQLite file among the user's state."""

    feedback_comments: Literal["keep", "drop"] = "keep"
    """Whether the free text of feedback is kept; it may name patients."""

    audit_retention_days: Annotated[int, Field(ge=1, le=36500)] = 2190
    """Days after which the audit trail of governed orders is dropped."""

    otlp_endpoint: str | None = None
    """Where traces are sent by OpenTelemetry's protocol over HTTP; unset: nowhere."""

    switches: Path | None = None
    """A file that stops policies or has them work in shadow; read again when it changes."""

    @field_validator("log_level", "payer_matching", "feedback_comments", mode="before")
    @classmethod
    def _in_lower_case(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("host")
    @classmethod
    def _host(cls, value: str) -> str:
        bare = value.strip("[]")
        is_name = re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", bare)
        if not _is_address(bare) and (is_name is None or not re.search(r"[A-Za-z]", bare)):
            raise ValueError("write an address such as 127.0.0.1 or 0.0.0.0, or a host's name")
        return value

    @field_validator("public_url", "otlp_endpoint")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            sound = parts.scheme in ("http", "https") and parts.port != 0
        except ValueError:
            raise ValueError(_WEB_ADDRESS) from None
        if not sound or not parts.hostname or "@" in parts.netloc or re.search(r"[\s?#]", value):
            raise ValueError(_WEB_ADDRESS)
        return value.rstrip("/")

    @field_validator("fhir_servers")
    @classmethod
    def _servers(cls, value: str | None) -> str | None:
        for address in _listed(value):
            Server.parse(address)
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: str | None) -> str | None:
        for origin in _listed(value):
            checked_origin(origin)
        return value

    @field_validator("rate")
    @classmethod
    def _known_rate(cls, value: str | None) -> str | None:
        return None if value is None else checked_rate(value)

    @field_validator("redis_url")
    @classmethod
    def _redis_address(cls, value: SecretStr | None) -> SecretStr | None:
        known = ("redis://", "rediss://", "unix://")
        if value is not None and not value.get_secret_value().startswith(known):
            raise ValueError("write an address such as redis://redis.example.org:6379/0")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("write an IANA time zone such as UTC or America/New_York")
        return value

    @field_validator("ca_bundle")
    @classmethod
    def _certificates(cls, value: Path | None) -> Path | None:
        if value is None:
            return None
        try:
            ssl.create_default_context(cafile=value)
        except OSError:
            cure = "name a file that exists and holds certificates in PEM (BEGIN CERTIFICATE)"
            raise ValueError(cure) from None
        return value

    @field_validator("policies_dir")
    @classmethod
    def _folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("name a folder that exists")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None:
            return None
        cure = (
            "write postgresql://USER:PASSWORD@HOST/DATABASE, or sqlite:////FOLDER/FILE with "
            "the whole path of a file"
        )
        try:
            parts = urlsplit(value.get_secret_value())
            _ = parts.port
        except ValueError:
            raise ValueError(cure) from None
        scheme = parts.scheme.partition("+")[0]
        is_file = scheme == "sqlite" and parts.path.startswith("//") and len(parts.path) > len("//")
        if not is_file and (scheme not in _POSTGRESQL or not parts.path.strip("/")):
            raise ValueError(cure)
        if is_file and Path(parts.path.removeprefix("/")).is_dir():
            raise ValueError("this is a folder; add the name of a file in it")
        return value

    @field_validator("switches", "tenants", "concept_map")
    @classmethod
    def _file(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError("name a file that exists")
        return value

    @classmethod
    def from_env(cls) -> Self:
        """Read the environment and `.env`; raises SettingsError naming variable and cure."""
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError("\n".join(_cures(error))) from error
        except UnicodeDecodeError as error:
            message = ".env: cannot be read: it is no text in UTF-8; save it as UTF-8"
            raise SettingsError(message) from error

    @property
    def base_url(self) -> str:
        """The service's own address, without a slash at the end."""
        if self.public_url:
            return self.public_url
        if self.host in ("0.0.0.0", "::"):  # noqa: S104  every address, which is none to call
            return f"http://127.0.0.1:{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def is_on_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return _is_loopback(self.host)

    @property
    def own_urls(self) -> tuple[str, ...]:
        """The addresses under which callers know the service; the first is `base_url`."""
        if self.public_url or not self.is_on_loopback:
            return (self.base_url,)
        return (self.base_url, *(f"http://{host}:{self.port}" for host in _LOOPBACK))

    @property
    def database_address(self) -> str:
        """The database's URL, which may hold a password."""
        if self.database_url is not None:
            url = self.database_url.get_secret_value()
            scheme, _, rest = url.partition("://")
            kind = scheme.partition("+")[0]
            return f"{'postgresql' if kind in _POSTGRESQL else kind}://{rest}"
        return f"sqlite:///{_state_folder() / 'transplant-cds' / 'ledger.sqlite3'}"

    @property
    def redis_address(self) -> str | None:
        """The URL of Redis, which may hold a password."""
        return self.redis_url.get_secret_value() if self.redis_url else None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which today is today."""
        return ZoneInfo(self.time_zone)

    @property
    def serves_stories(self) -> bool:
        """Whether the stories are served; on loopback they are unless callers are checked."""
        return self.is_on_loopback and self.tenants is None if self.demo is None else self.demo

    @property
    def allow_list(self) -> AllowList:
        """The FHIR servers that may be called where there are no tenants."""
        own = self.own_fhir_urls if self.serves_stories else ()
        servers = [Server.parse(address) for address in (*_listed(self.fhir_servers), *own)]
        return AllowList(servers, self.is_on_loopback)

    @property
    def listed_origins(self) -> tuple[str, ...]:
        """The origins of the setting."""
        return _listed(self.cors_origins)

    @property
    def own_fhir_urls(self) -> frozenset[str]:
        """The addresses under which the stories' FHIR server is known."""
        here = (f"http://{host}:{self.port}" for host in _LOOPBACK if self.is_on_loopback)
        return frozenset(f"{address}/fhir" for address in (self.base_url, *here))


def misspelt_variables(environment: Mapping[str, str] | None = None) -> list[str]:
    """Return a sentence for each TRANSPLANT_CDS_ variable that no setting reads."""
    known = [f"{_PREFIX}{name.upper()}" for name in Settings.model_fields]
    sentences = []
    for name in sorted(os.environ if environment is None else environment):
        if name.upper().startswith(_PREFIX) and name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            sentences.append(f"{name} is no setting{f'; {near[0]} is' if near else ''}")
    return sentences


def share_metrics_in(folder: Path) -> None:
    """Have the processes of this server count together; before prometheus_client is imported."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def metrics_folder() -> str | None:
    """Return the folder in which the processes of this server count; None: this one is alone."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR") or None


def ranges() -> dict[str, tuple[str, str]]:
    """Return the least and the greatest value of each setting that is a number, by field.

    The least is written `above 0` where it is not among them itself.
    """
    found = {}
    for name, field in Settings.model_fields.items():
        bounds = {type(each).__name__: each for each in field.metadata}
        if "Le" in bounds:
            least = str(bounds["Ge"].ge) if "Ge" in bounds else f"above {bounds['Gt'].gt}"
            found[name] = least, str(bounds["Le"].le)
    return found


_NUMBERS = re.compile(r"(int|float)_|(greater|less)_than|finite_number")


def _cures(error: ValidationError) -> list[str]:
    return [
        f"{_PREFIX}{str(problem['loc'][0]).upper()}: {_cure(problem)}"
        for problem in error.errors(include_url=False, include_input=False)
    ]


def _cure(problem: "ErrorDetails") -> str:
    name = str(problem["loc"][0])
    if problem["type"].startswith("bool_"):
        return "write true or false"
    if name in ranges() and _NUMBERS.match(problem["type"]):
        whole = "a whole number" if Settings.model_fields[name].annotation is int else "a number"
        least, greatest = ranges()[name]
        bound = (
            f"{least}, {greatest} at the most" if " " in least else f"from {least} to {greatest}"
        )
        return f"write {whole} {bound}"
    return problem["msg"].removeprefix("Value error, ").removeprefix("Input ")


def _state_folder() -> Path:
    """Return where a user's programs keep what they must not lose, as XDG has it."""
    told = os.environ.get("XDG_STATE_HOME", "")
    if told.startswith("/"):
        return Path(told)
    try:
        return Path.home() / ".local" / "state"
    except RuntimeError:
        return Path("/var/lib")


def _listed(value: str | None) -> tuple[str, ...]:
    return tuple(each.strip() for each in (value or "").split(",") if each.strip())


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
