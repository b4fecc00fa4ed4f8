"""The tenants file: the example works, and each fault is told with file, key and cure."""

import json
from pathlib import Path

import pytest

from service.tenancy.tenants import TenantsError, load_tenants
from tests.service.issuer import pem, private_key

EXAMPLE = Path(__file__).parents[2] / "deploy" / "tenants.example.yaml"

GOOD = {"id": "one", "iss": "https://ehr.example.org", "jku": ["https://ehr.example.org/jwks"]}
BACKEND = {
    "token_url": "https://ehr.example.org/token",
    "client_id": "us",
    "private_key_file": "key.pem",
    "key_id": "1",
    "scope": "system/Patient.rs",
}


def _file(folder: Path, content: object) -> Path:
    file = folder / "tenants.yaml"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


def test_the_example() -> None:
    """The file that operators copy is accepted as it stands."""
    tenants = load_tenants(EXAMPLE)

    assert ["st-elsewhere"] == [each.id for each in tenants.all]
    assert tenants.of("https://ehr.example.org", None) == tenants.all[0]


def test_the_example_with_everything(tmp_path: Path) -> None:
    """What the example leaves as comments is right, too."""
    lines = []
    for line in EXAMPLE.read_text().splitlines():
        indent, mark, said = line.partition("# ")
        is_content = said.startswith(("tenant: ", "keys_file: ", "- url: ", "  "))
        lines.append(indent + said if mark and is_content else line)
    (tmp_path / "st-elsewhere.jwks.json").write_text('{"keys": []}')
    (tmp_path / "archive.pem").write_bytes(pem(private_key("ES384")))

    (tenant,) = load_tenants(_file(tmp_path, "\n".join(lines))).all

    entry = tenant.entry_for("https://archive.example.org/fhir")
    assert ("north", "2026-11") == (
        tenant.tenant,
        entry and entry.backend_services and entry.backend_services.key_id,
    )


@pytest.mark.parametrize(
    ("content", "key", "cure"),
    [
        ("tenants: [", "is no YAML", "line 1"),
        ("", "(file)", "keys with values"),
        ({"tenants": []}, "tenants", "at least 1"),
        ({"tenants": [GOOD], "tenant": 1}, "tenant", "unknown key; did you mean tenants?"),
        ({"tenants": [{**GOOD, "id": "St Elsewhere"}]}, "tenants.0.id", "lower-case letters"),
        ({"tenants": [{**GOOD, "fhir_serverz": []}]}, "tenants.0.fhir_serverz", "fhir_servers?"),
        ({"tenants": [{**GOOD, "x": 1}]}, "tenants.0.x", "known are id, iss, tenant, jku, keys"),
        ({"tenants": [{**GOOD, "jku": []}]}, "tenants.0", "give jku, or keys_file"),
        ({"tenants": [{**GOOD, "jku": ["http://x.org/k"]}]}, "tenants.0.jku.0", "https"),
        ({"tenants": [{**GOOD, "algorithms": ["HS256"]}]}, "tenants.0.algorithms.0", "'ES384'"),
        ({"tenants": [{**GOOD, "algorithms": ["none"]}]}, "tenants.0.algorithms.0", "'ES384'"),
        ({"tenants": [{**GOOD, "algorithms": []}]}, "tenants.0.algorithms", "at least 1"),
        ({"tenants": [{**GOOD, "rate": "fast"}]}, "tenants.0.rate", "600/minute"),
        ({"tenants": [{**GOOD, "cors_origins": ["*"]}]}, "tenants.0.cors_origins.0", "origin"),
        (
            {"tenants": [{**GOOD, "fhir_servers": ["http://169.254.169.254/"]}]},
            "tenants.0.fhir_servers.0.url",
            "link-local",
        ),
        ({"tenants": [{**GOOD, "fhir_servers": ["x"]}]}, "tenants.0.fhir_servers.0.url", "base"),
        ({"tenants": [{**GOOD, "keys_file": "none"}]}, "tenants.0.keys_file", "No such file"),
        ({"tenants": [{**GOOD, "keys_file": "tenants.yaml"}]}, "tenants.0.keys_file", "Key Set"),
        ({"tenants": [GOOD, {**GOOD, "id": "two"}]}, "tenants.1", "twice"),
        (
            {
                "tenants": [
                    {
                        **GOOD,
                        "fhir_servers": [
                            {"url": "https://x.example.org", "backend_services": BACKEND}
                        ],
                    }
                ]
            },
            "tenants.0.fhir_servers.0.backend_services.private_key_file",
            "PEM",
        ),
    ],
)
def test_a_fault_is_named(tmp_path: Path, content: object, key: str, cure: str) -> None:
    """The message has the file, the key and what would do."""
    file = _file(tmp_path, content)

    with pytest.raises(TenantsError) as raised:
        load_tenants(file)

    (line,) = str(raised.value).splitlines()
    assert line.startswith(f"{file}: {key}"), line
    assert cure in line, line
