"""A token of our own for a FHIR server: asked for with a signed assertion, and kept."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
import yaml

from cards.library import Library
from service.app import create_app
from service.fhir.client import create_session
from service.fhir.documents import OutboundError
from service.settings import Settings
from service.tenancy.backend_token import BackendToken
from service.tenancy.tenants import BackendServices
from tests.service.issuer import PUBLIC, Issuer, jwk, pem, private_key, token
from tests.service.requests_sent import ORDER_SIGN, PATIENT, order_sign
from tests.service.stub_fhir import (
    Step,
    StubHandler,
    breaks_off,
    breaks_off_within_a_chunk,
    drips,
    says,
    stalls,
    stub_server,
)
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


HEAD = b"HTTP/1.1 200 OK\r\n"
TROUBLE: dict[str, Step] = {
    "stalls": stalls,
    "drips a header": drips(HEAD + b"X-Slow: ", byte=b"x"),
    "drips a body": drips(HEAD + b"Content-Length: 100000\r\n\r\n"),
    "drips the size of a chunk": drips(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", byte=b"0"),
    "drips what is packed": drips(
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 9999\r\n\r\n\x1f\x8b\x08\x00", byte=b"\0"
    ),
    "breaks off": breaks_off,
    "breaks off within a chunk": breaks_off_within_a_chunk,
    "is not packed as it says": lambda handler: handler.reply(
        200, b"abcde", {"Content-Encoding": "gzip"}
    ),
    "is busy": says(503),
}


@pytest.mark.parametrize("trouble", TROUBLE.values(), ids=TROUBLE.keys())
def test_a_server_in_trouble_costs_its_time_and_no_more(
    tmp_path: Path, server: Issuer, trouble: Step
) -> None:
    """However the answer comes apart, it is an error with a reason, in time, asked for once."""
    services = _services(tmp_path, server)
    with stub_server() as stub:
        stub.scripts["/token"] = (trouble,)
        services["token_url"] = stub.url.replace("/fhir", "/token")
        held = BackendToken(BackendServices.model_validate(services), create_session())
        started = time.monotonic()

        with pytest.raises(OutboundError):
            held.get(0.2)

        assert time.monotonic() - started < 0.4
        assert 1 == len(stub.asked)


def test_calls_do_not_queue_behind_a_server_that_stalls(tmp_path: Path, server: Issuer) -> None:
    """Each call waits until its own time is over; then the server is left alone for a while."""
    services = _services(tmp_path, server)
    with stub_server() as stub, ThreadPoolExecutor(3) as pool:
        stub.scripts["/token"] = (stalls,)
        services["token_url"] = stub.url.replace("/fhir", "/token")
        held = BackendToken(BackendServices.model_validate(services), create_session())
        started = time.monotonic()

        calls = [pool.submit(held.get, 0.3) for _ in range(3)]
        reasons = {str(call.exception()) for call in calls}

        assert time.monotonic() - started < 0.6
        with pytest.raises(OutboundError):
            held.get(0.3)
        assert ({"did not answer in time"}, 1) == (reasons, len(stub.asked))


def test_the_pause_begins_when_the_attempt_ends(tmp_path: Path, server: Issuer) -> None:
    """However long an attempt took, the server has five seconds of quiet after it."""
    now = 1000.0

    def slow(handler: StubHandler) -> None:
        nonlocal now
        now += 60
        handler.reply(500, b"")

    services = _services(tmp_path, server)
    with stub_server() as stub:
        stub.scripts["/token"] = (slow,)
        services["token_url"] = stub.url.replace("/fhir", "/token")
        held = BackendToken(BackendServices.model_validate(services), create_session(), lambda: now)
        for later, asked in ((0, 1), (4, 1), (2, 2)):
            now += later
            with pytest.raises(OutboundError):
                held.get(2)
            assert asked == len(stub.asked)


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
