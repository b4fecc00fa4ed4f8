"""Settings: what is wrong is said at start, with the variable and the cure."""

from datetime import date
from pathlib import Path

import certifi
import pytest

from service.errors import SettingsError
from service.settings import Settings, misspelt_variables


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment without settings, and a folder without a `.env`."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TRANSPLANT_CDS_{name.upper()}", raising=False)
    return monkeypatch


@pytest.mark.usefixtures("environment")
def test_defaults() -> None:
    """Without settings the service is on the loopback, with its stories."""
    settings = Settings.from_env()

    assert ("127.0.0.1", 8080, 1) == (settings.host, settings.port, settings.workers)
    assert ("reference", None) == (settings.payer_matching, settings.as_of)
    assert "http://127.0.0.1:8080" == settings.base_url
    assert settings.serves_stories


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "http", "a whole number from 1 to 65535"),
        ("PORT", "0", "from 1 to 65535"),
        ("PORT", "70000", "from 1 to 65535"),
        ("WORKERS", "0", "from 1 to 64"),
        ("THREADS", "1", "from 2 to 256"),
        ("PAYER_MATCHING", "lenient", "'strict' or 'reference'"),
        ("AS_OF", "21.11.2026", "YYYY-MM-DD"),
        ("AS_OF", "1795219200", "YYYY-MM-DD"),
        ("AS_OF", "2026-02-30", "YYYY-MM-DD"),
        ("HOST", "not a host", "127.0.0.1"),
        ("HOST", "999.1.1.1", "127.0.0.1"),
        ("PUBLIC_URL", "https://user:word@cds.example.org", "without user"),
        ("PUBLIC_URL", "https://cds example.org", "spaces"),
        ("CONCEPT_MAP", "/no/such/file", "file that exists"),
        ("CA_BUNDLE", __file__, "certificates in PEM"),
        ("DATABASE_URL", "sqlite:////tmp", "a folder; add the name of a file"),
        ("TIME_ZONE", "Mars/Olympus", "IANA time zone"),
        ("PUBLIC_URL", "cds.example.org", "https://cds.example.org"),
        ("FHIR_TIMEOUT_SECONDS", "nan", "a number above 0, 60 at the most"),
        ("MAX_BODY_BYTES", "10", "from 1024 to 1073741824"),
        ("LOG_LEVEL", "loud", "'info'"),
        ("POLICIES_DIR", "/no/such/folder", "folder that exists"),
        ("DEMO", "perhaps", "write true or false"),
        ("TENANTS", "/no/such/file", "file that exists"),
        ("CA_BUNDLE", "/no/such/file", "file that exists"),
        ("FHIR_SERVERS", "ehr.example.org", "https://ehr.example.org"),
        ("FHIR_SERVERS", "https://ehr.example.org,http://169.254.169.254", "link-local"),
        ("CORS_ORIGINS", "*", "https://ehr.example.org"),
        ("RATE", "fast", "600/minute"),
        ("REDIS_URL", "http://redis", "redis://"),
    ],
)
def test_wrong_setting(environment: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    """A wrong value is refused with the variable's name and what would do, not with the value."""
    environment.setenv(f"TRANSPLANT_CDS_{name}", value)

    with pytest.raises(SettingsError) as raised:
        Settings.from_env()

    assert f"TRANSPLANT_CDS_{name}: " in str(raised.value)
    assert said in str(raised.value)


def test_every_wrong_setting_is_named(environment: pytest.MonkeyPatch) -> None:
    """Two faults give two lines."""
    environment.setenv("TRANSPLANT_CDS_PORT", "x")
    environment.setenv("TRANSPLANT_CDS_WORKERS", "x")

    with pytest.raises(SettingsError) as raised:
        Settings.from_env()

    assert 2 == len(str(raised.value).splitlines())


def test_a_dotenv_that_is_no_text(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A `.env` in UTF-16, as some editors save it, is told with the cure."""
    del environment
    (tmp_path / ".env").write_text("TRANSPLANT_CDS_PORT=9000\n", encoding="utf-16")

    with pytest.raises(SettingsError, match=r"\.env: cannot be read: .* save it as UTF-8"):
        Settings.from_env()


def test_certificates_in_pem_are_taken(environment: pytest.MonkeyPatch) -> None:
    """The bundle that comes with `requests` is one."""
    environment.setenv("TRANSPLANT_CDS_CA_BUNDLE", certifi.where())

    assert Path(certifi.where()) == Settings.from_env().ca_bundle


def test_empty_is_unset(environment: pytest.MonkeyPatch) -> None:
    """An empty variable, as compose files make them, stands for the default."""
    environment.setenv("TRANSPLANT_CDS_AS_OF", "")

    assert Settings.from_env().as_of is None


def test_dotenv(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A `.env` file is read, and the environment beats it."""
    (tmp_path / ".env").write_text(
        "OTHER=1\nTRANSPLANT_CDS_PORT=9000\nTRANSPLANT_CDS_AS_OF=2026-10-01\n", encoding="utf-8"
    )
    environment.setenv("TRANSPLANT_CDS_PORT", "9001")

    settings = Settings.from_env()

    assert (9001, date(2026, 10, 1)) == (settings.port, settings.as_of)


@pytest.mark.parametrize(
    ("host", "demo", "expected"),
    [
        ("127.0.0.1", None, True),
        ("localhost", None, True),
        ("::1", None, True),
        ("0.0.0.0", None, False),  # noqa: S104  the address is what is tested
        ("cds.example.org", None, False),
        ("0.0.0.0", "yes", True),  # noqa: S104
        ("127.0.0.1", "no", False),
    ],
)
def test_stories_are_for_the_loopback(
    environment: pytest.MonkeyPatch, host: str, demo: str | None, *, expected: bool
) -> None:
    """Where others can reach the service, stories are served only if a setting says so."""
    environment.setenv("TRANSPLANT_CDS_HOST", host)
    if demo is not None:
        environment.setenv("TRANSPLANT_CDS_DEMO", demo)

    assert expected == Settings.from_env().serves_stories


def test_misspelt_variable() -> None:
    """A variable that no setting reads is told, with the one that may be meant."""
    environment = {"TRANSPLANT_CDS_PAYER_MATCHNG": "strict", "TRANSPLANT_CDS_PORT": "1", "X": ""}

    assert [
        "TRANSPLANT_CDS_PAYER_MATCHNG is no setting; TRANSPLANT_CDS_PAYER_MATCHING is"
    ] == misspelt_variables(environment)


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        (Settings(host="::1", port=9000), "http://[::1]:9000"),
        (Settings(public_url="https://cds.example.org/"), "https://cds.example.org"),
    ],
)
def test_base_url(settings: Settings, url: str) -> None:
    """The public address is the one that was set, or the one that is listened on."""
    assert url == settings.base_url
    assert f"{url}/fhir" in settings.own_fhir_urls


@pytest.mark.parametrize(
    "written",
    [
        "mysql://cds:s3cret@db/cds",
        "postgresql://cds:s3cret@db",
        "postgresql://cds:s3cret@db:port/cds",
        "sqlite:///relative.sqlite3",
        "sqlite://",
        "sqlite:////",
        "s3cret",
    ],
)
def test_a_database_that_cannot_be_one(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cure shows both forms; the password that was written is not in it."""
    monkeypatch.setenv("TRANSPLANT_CDS_DATABASE_URL", written)

    with pytest.raises(SettingsError) as refused:
        Settings.from_env()

    assert str(refused.value).startswith("TRANSPLANT_CDS_DATABASE_URL: write postgresql://")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("postgres://u:p@db/cds?sslmode=require", "postgresql://u:p@db/cds?sslmode=require"),
        ("postgresql+psycopg://u@db/cds", "postgresql://u@db/cds"),
        ("sqlite:////var/lib/cds.sqlite3", "sqlite:////var/lib/cds.sqlite3"),
        (None, "sqlite:////state/transplant-cds/ledger.sqlite3"),
    ],
)
def test_where_things_are_kept(
    written: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database by its usual names; without one a file among the user's state."""
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    if written is not None:
        monkeypatch.setenv("TRANSPLANT_CDS_DATABASE_URL", written)

    settings = Settings.from_env()

    assert expected == settings.database_address
    assert "u:p" not in repr(settings)
