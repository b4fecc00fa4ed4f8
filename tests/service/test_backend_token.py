"""A token of our own for a FHIR server: asked for with a signed assertion, and kept."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
import yaml

from cards.library import Library
from service.app import create_app
from service.fhir.client import create_session
from service.fhir.outbound import OutboundError
from service.settings import Settings
from service.tenancy.backend_token import BackendToken
from service.tenancy.tenants import BackendServices
from tests.service.issuer import PUBLIC, Issuer, jwk, pem, private_key, token
from tests.service.requests_sent import ORDER_SIGN, PATIENT, order_sign
from tests.service.transport import FakeFhir

GRANTED = (200, {"access_token": "ours", "token_type": "bearer", "expires_in": 300})


@pytest.fixture
def server() -> Iterator[Issuer]:
    """An authorization server on the loopback."""
    running = Issuer()
    yield running
    running.close()


def _services(folder: Path, server: Issuer, algorithm: str = "ES384") -> dict[str, Any]:
    (folder / "key.pem").write_bytes(pem(private_key(algorithm)))
    return {
        "token_url": f"{server.url}/token",
        "client_id": "transplant-cds",
        "private_key_file": str(folder / "key.pem"),
        "key_id": "k1",
        "algorithm": algorithm,
        "scope": "system/Patient.rs",
    }


@pytest.mark.parametrize("algorithm", ["ES384", "RS384"])
def test_the_assertion(tmp_path: Path, server: Issuer, algorithm: str) -> None:
    """The authorization server can verify who asks, and for what."""
    server.tokens = [GRANTED]
    services = BackendServices.model_validate(_services(tmp_path, server, algorithm))

    assert "ours" == BackendToken(services, create_session()).get(2)

    form = {name: value for name, (value,) in parse_qs(server.forms[0]).items()}
    assertion = form.pop("client_assertion")
    assert {
        "grant_type": "client_credentials",
        "scope": "system/Patient.rs",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    } == form
    said = jwt.decode(
        assertion,
        private_key(algorithm).public_key(),
        algorithms=[algorithm],
        audience=f"{server.url}/token",
        options={"require": ["jti", "exp"]},
    )
    assert ("transplant-cds", "transplant-cds") == (said["iss"], said["sub"])
    assert said["exp"] - said["iat"] <= 300
    assert "k1" == jwt.get_unverified_header(assertion)["kid"]


def test_a_token_is_kept_until_it_expires(tmp_path: Path, server: Issuer) -> None:
    """One question serves many calls, and a new one comes before the token is refused."""
    now = 1000.0
    server.tokens = [GRANTED, (200, {"access_token": "second", "expires_in": 60})]
    services = BackendServices.model_validate(_services(tmp_path, server))
    held = BackendToken(services, create_session(), lambda: now)

    assert ["ours", "ours"] == [held.get(2), held.get(2)]
    now += 271
    assert "second" == held.get(2)
    assert 2 == len(server.forms)


@pytest.mark.parametrize(
    "answer",
    [
        (400, {"error": "invalid_client"}),
        (200, {}),
        (200, []),
        (200, {"access_token": "x\ny"}),
        (200, {"access_token": "x", "token_type": "mac"}),
        (302, {}),
    ],
)
def test_no_token(tmp_path: Path, server: Issuer, answer: tuple[int, Any]) -> None:
    """What is no token is none, and the server is not asked again at once."""
    server.tokens = [answer]
    services = BackendServices.model_validate(_services(tmp_path, server))
    held = BackendToken(services, create_session(), lambda: 1000.0)

    for _ in range(2):
        with pytest.raises(OutboundError):
            held.get(2)
    assert 1 == len(server.forms)


@pytest.mark.parametrize(
    ("theirs", "sent"),
    [(None, "Bearer ours"), ({"access_token": "theirs", "token_type": "Bearer"}, "Bearer theirs")],
)
def test_whose_token_is_sent(
    library: Library, tmp_path: Path, server: Issuer, theirs: dict[str, str] | None, sent: str
) -> None:
    """The request's token goes before ours; ours is not asked for where it is not needed."""
    server.tokens = [GRANTED]
    keys = {"keys": [jwk(private_key("ES384"), "one", "ES384")]}
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    file = tmp_path / "tenants.yaml"
    entry = {
        "url": "https://ehr.example.org/fhir",
        "backend_services": _services(tmp_path, server),
    }
    known = {"id": "one", "iss": "https://ehr.example.org", "keys_file": "keys.json"}
    file.write_text(yaml.safe_dump({"tenants": [{**known, "fhir_servers": [entry]}]}))
    fhir = FakeFhir([PATIENT])
    session = create_session()
    session.mount("https://", fhir)
    settings = Settings(
        tenants=file, public_url=PUBLIC, database_url=f"sqlite:///{tmp_path}/used.db"
    )
    client = create_app(settings, library=library, stories=(), session=session).test_client()
    more = {} if theirs is None else {"fhirAuthorization": theirs}

    response = client.post(
        ORDER_SIGN,
        json=order_sign(fhirServer="https://ehr.example.org/fhir", **more),
        headers={"Authorization": f"Bearer {token(aud=PUBLIC + ORDER_SIGN)}"},
    )

    assert 200 == response.status_code
    assert {sent} == {request.headers["Authorization"] for request in fhir.asked}
    assert (0 if theirs else 1) == len(server.forms)
