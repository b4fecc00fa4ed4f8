"""Nothing of a patient or user leaks: canaries in every field, and a search for them afterwards."""

import contextlib
import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from cards.library import Library
from service.app import create_app
from service.settings import Settings
from tests.service.issuer import PUBLIC, jwk, private_key, token
from tests.service.requests_sent import CONDITION, COVERAGE, ORDER_SIGN, PATIENT, order, order_sign
from tests.service.transport import BASE, FakeFhir, searchset

CANARY = "Zaphod"
"""No letters of it stand in anything of ours."""

STORY = Path(__file__).parents[2] / "fixtures" / "skin-score-14-is-one-too-few" / "request.json"


def planted(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[Any]:
    """Yield copies of *value*: a canary in the place of one string of it, or beside the keys."""
    if isinstance(value, dict):
        yield {**value, CANARY: CANARY}
        for name, each in value.items():
            for other in planted(each, (*path, name)):
                yield {**value, name: other}
    elif isinstance(value, list):
        for at, each in enumerate(value):
            for other in planted(each, (*path, at)):
                yield [*value[:at], other, *value[at + 1 :]]
    elif isinstance(value, str):
        yield CANARY
        yield f"{value}{CANARY}"
    else:
        yield CANARY


def _record(patient: str = "anna") -> dict[str, Any]:
    observation = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"text": "Modified Rodnan skin score"},
        "subject": {"reference": f"Patient/{patient}"},
        "effectiveDateTime": "2026-10-01",
        "valueQuantity": {"value": 14},
    }
    return {
        "patient": {**PATIENT, "id": patient},
        "conditions": searchset(CONDITION),
        "coverages": searchset(COVERAGE),
        "observations": searchset(observation),
    }


def _requests() -> list[Any]:
    whole = order_sign(
        {**order("draft-1"), "note": [{"text": "x"}], "requester": {"display": "Dr. x"}},
        {**order("draft-2", "0000"), "code": {"text": "stem cell transplant of some kind"}},
        prefetch=_record(),
        fhirAuthorization={
            "access_token": "t",
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.rs",
            "subject": "us",
            "patient": "anna",
        },
        extension={"org.example.note": {"text": "x"}},
    )
    return list(planted(whole))


def test_canaries_in_every_field(library: Library, log: io.StringIO) -> None:
    """Wherever a canary stands in a request, no log line holds it, at the most talkative level."""
    sent = _requests()
    assert len(sent) > 150
    settings = Settings(payer_matching="strict", fhir_servers=BASE)
    fhir = FakeFhir([PATIENT, CONDITION, COVERAGE])
    client = create_app(settings, library=library, stories=(), session=fhir.session()).test_client()
    statuses = set()
    for body in sent:
        response = client.post(ORDER_SIGN, json=body)
        statuses.add(response.status_code)
        if response.status_code != 200:
            assert CANARY not in response.text

    assert {200, 400} <= statuses
    assert 500 not in statuses
    assert len(sent) == len(log.getvalue().splitlines())
    assert CANARY not in log.getvalue()


HEADERS = {
    "Authorization": f"Bearer {CANARY}",
    "Content-Type": f"application/{CANARY}",
    "Content-Encoding": CANARY,
    "Cookie": f"{CANARY}={CANARY}",
    "Origin": f"https://{CANARY}.example.net",
    "Referer": f"https://{CANARY}.example.net/Patient/{CANARY}",
    "User-Agent": CANARY,
    "X-Forwarded-For": CANARY,
    "X-Forwarded-Host": CANARY,
    "X-Request-Id": CANARY,
    "traceparent": CANARY,
    "baggage": f"patient={CANARY}",
    CANARY: CANARY,
}


@pytest.mark.parametrize("name", HEADERS)
def test_canaries_in_headers(library: Library, log: io.StringIO, name: str) -> None:
    """No header reaches a log line or the body of an answer."""
    settings = Settings(fhir_servers=BASE)
    session = FakeFhir([PATIENT]).session()
    client = create_app(settings, library=library, stories=(), session=session).test_client()

    answer = client.post(ORDER_SIGN, json=order_sign(), headers={name: HEADERS[name]})

    assert log.getvalue()
    assert CANARY not in log.getvalue() + answer.text


def test_canaries_in_tokens(library: Library, log: io.StringIO, tmp_path: Path) -> None:
    """Nothing of a caller's token is told, whether it is right or wrong, in header or claims."""
    (tmp_path / "keys.json").write_text(
        json.dumps({"keys": [jwk(private_key("ES384"), "one", "ES384")]})
    )
    known = {"id": "one", "iss": "https://ehr.example.org", "keys_file": "keys.json"}
    (tmp_path / "tenants.yaml").write_text(yaml.safe_dump({"tenants": [known]}))
    settings = Settings(
        tenants=tmp_path / "tenants.yaml",
        public_url=PUBLIC,
        database_url=f"sqlite:///{tmp_path}/used.db",
    )
    client = create_app(settings, library=library, stories=()).test_client()
    sent = [
        token(jti=CANARY),
        token(jti=CANARY),
        token(iss=CANARY),
        token(aud=CANARY),
        token(tenant=CANARY),
        token(exp=1, extra=CANARY),
        token(header={"kid": CANARY}),
        token(header={"jku": f"https://{CANARY}.example.net"}),
        token(header={"typ": CANARY}),
        CANARY,
    ]
    statuses = [
        client.get("/cds-services", headers={"Authorization": f"Bearer {each}"}).status_code
        for each in sent
    ]

    assert [200, 401, 401, 401, 200] == statuses[:5]
    assert {401} == set(statuses[5:])
    assert CANARY not in log.getvalue()
    assert not any(CANARY.encode() in file.read_bytes() for file in tmp_path.glob("used.db*"))
    assert not any(part in log.getvalue() for each in sent for part in each.split(".")[1:])


def test_libraries_tell_nothing(log: io.StringIO) -> None:
    """What a library logs, at whatever level, does not get through."""
    for name in ("urllib3.connectionpool", "sqlalchemy.engine", "redis", "flask_cors", "anything"):
        logging.getLogger(name).critical("Patient/%s", CANARY)
    logging.getLogger("gunicorn.error").debug("%s %s", "GET", f"/fhir/Patient/{CANARY}")

    assert "" == log.getvalue()


def test_canaries_in_the_process(tmp_path: Path) -> None:
    """Of a whole process, malformed HTTP included, standard error and output hold no canary."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "service.command.cli", "serve"],
        cwd=STORY.parents[2],
        env={
            **os.environ,
            "TRANSPLANT_CDS_PORT": str(port),
            "TRANSPLANT_CDS_LOG_LEVEL": "debug",
            "TRANSPLANT_CDS_REQUEST_TIMEOUT_SECONDS": "1",
            "TRANSPLANT_CDS_DATABASE_URL": f"sqlite:///{tmp_path}/state.db",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    here = ("127.0.0.1", port)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{url}/health/ready", timeout=5).ok:
                    break
            time.sleep(0.05)
        body = json.loads(STORY.read_bytes()) | {"fhirServer": f"{url}/fhir"}
        body["context"]["userId"] = f"Practitioner/{CANARY}"
        answered = requests.post(f"{url}{ORDER_SIGN}", json=body, timeout=10)
        malformed = [_sent_raw(here, raw) for raw in MALFORMED]
        for path in (f"/cds-services?patient={CANARY}", f"/fhir/Patient/{CANARY}"):
            _sent_raw(here, f"GET {path} HTTP/1.1\r\nHost: {CANARY}\r\n\r\n")
        slow = _held(here)
    finally:
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=20)

    assert 200 == answered.status_code
    assert 408 == slow
    assert 0 == process.returncode
    assert '"event":"review"' in said
    assert "a request that is no HTTP" in said
    assert CANARY not in said
    assert "Traceback" not in said
    assert list(MALFORMED.values()) == [int(answer.split()[1]) for answer in malformed]
    for answer in malformed:
        head, _, body = answer.partition("\r\n\r\n")
        assert "X-Content-Type-Options: nosniff" in head
        assert "OperationOutcome" == json.loads(body)["resourceType"]
        assert json.loads(body)["id"] in said
        assert CANARY not in answer


MALFORMED = {
    f"GET /{CANARY} {CANARY}\r\n\r\n": 400,
    f"{CANARY} x\r\n\r\n": 400,
    f"GET /{CANARY} HTTP/9.9\r\n\r\n": 400,
    f"GET / HTTP/1.1\r\nHost: x\r\n{CANARY} : {CANARY}\r\n\r\n": 400,
    f"GET / HTTP/1.1\r\nHost: x\r\nBad\x00{CANARY}: 1\r\n\r\n": 400,
    f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {CANARY}\r\n\r\n": 400,
    f"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {CANARY}\r\n\r\n": 501,
    f"GET / HTTP/1.1\r\nHost: x\r\nExpect: {CANARY}\r\n\r\n": 417,
    f"GET /{CANARY * 1000} HTTP/1.1\r\n\r\n": 414,
    f"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {CANARY * 2000}\r\n\r\n": 431,
    f"POST {ORDER_SIGN} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    f"Transfer-Encoding: chunked\r\n\r\n{CANARY}\r\nx\r\n": 400,
}
"""What is no HTTP, or not that of this server, and the status of the answer."""


def _sent_raw(here: tuple[str, int], raw: str) -> str:
    """Return the whole answer to what is sent."""
    answer = b""
    with socket.create_connection(here, timeout=5) as raw_socket:
        raw_socket.sendall(raw.encode())
        raw_socket.shutdown(socket.SHUT_WR)
        while part := raw_socket.recv(65536):
            answer += part
    return answer.decode()


def _held(here: tuple[str, int]) -> int:
    """Return the status that a client gets who sends a body drop by drop, without an end."""
    head = (
        f"POST {ORDER_SIGN} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Content-Length: 1000\r\n\r\n"
    )
    with socket.create_connection(here, timeout=0.2) as slow:
        slow.sendall(head.encode())
        for _ in range(100):
            with contextlib.suppress(TimeoutError):
                return int(slow.recv(1000).split()[1])
            slow.sendall(b"x")
    return 0
