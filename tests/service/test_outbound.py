"""Calls out: to listed servers only, never to where a name must not lead, and TLS is verified."""

import io
import json
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from cards.library import Library
from service.app import create_app
from service.fhir.allowlist import AllowList, Server
from service.fhir.client import create_session
from service.settings import Settings
from tests.service.issuer import PUBLIC, Issuer, jwk, pem, private_key, token
from tests.service.requests_sent import ORDER_SIGN, order_sign
from tests.service.transport import ForbiddenFhir


@pytest.fixture
def server() -> Iterator[Issuer]:
    """A server on the loopback that remembers what it was asked."""
    running = Issuer()
    yield running
    running.close()


LISTED = AllowList(
    [
        Server.parse("https://ehr.example.org/fhir/r4"),
        Server.parse("https://open.example.org"),
        Server.parse("http://10.1.2.3:8080/fhir"),
    ]
)


@pytest.mark.parametrize(
    "address",
    [
        "https://ehr.example.org/fhir/r4",
        "https://ehr.example.org/fhir/r4/",
        "https://EHR.example.org:443/fhir/r4/tenant-1",
        "https://open.example.org/anything",
        "http://10.1.2.3:8080/fhir",
    ],
)
def test_listed(address: str) -> None:
    """The server itself and what lies below it are allowed."""
    assert LISTED.allows(address)


@pytest.mark.parametrize(
    "address",
    [
        "http://ehr.example.org/fhir/r4",
        "https://ehr.example.org:8443/fhir/r4",
        "https://ehr.example.org/fhir/r40",
        "https://ehr.example.org/fhir",
        "https://ehr.example.org/",
        "https://ehr.example.org/fhir/r4/../../admin",
        "https://ehr.example.org/fhir/r4/%2e%2e/admin",
        "https://ehr.example.org/fhir/r4/..%2f..",
        "https://ehr.example.org/fhir/r4//x",
        "https://ehr.example.org/fhir/r4?x=1",
        "https://ehr.example.org/fhir/r4#x",
        "https://ehr.example.org/fhir/r4?",
        "https://ehr.example.org\\@evil.example.net/fhir/r4",
        "https://user@ehr.example.org/fhir/r4",
        "https://@ehr.example.org/fhir/r4",
        "\x01https://ehr.example.org/fhir/r4",
        "https://ehr.example.org/fhir/r4\x00",
        "https://ehr.example.org@evil.example.net/fhir/r4",
        "https://ehr.example.org.evil.example.net/fhir/r4",
        "https://ehr.example.org./fhir/r4",
        "https://\u0435hr.example.org/fhir/r4",
        "http://127.0.0.1/fhir",
        "http://localhost/fhir",
        "http://169.254.169.254/latest",
        "http://[::ffff:169.254.169.254]/",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://10.1.2.3/fhir",
        "http://0.0.0.0:8080/fhir",
        "ftp://ehr.example.org/fhir/r4",
        "file:///etc/passwd",
        "https://",
        "",
    ],
)
def test_not_listed(address: str) -> None:
    """Another scheme, host, port or path, or one that can be read in two ways, is not."""
    assert not LISTED.allows(address)


@pytest.mark.parametrize(
    "host",
    ["2852039166", "0xa9fea9fe", "127.1", "0177.0.0.1", "ehr.0x7f", "1.2.3.4.5", "010.0.0.1"],
)
def test_numbers_in_odd_spellings_are_on_no_list(host: str) -> None:
    """A host that programs read as another number is refused at the start, as one is in dots."""
    with pytest.raises(ValueError, match="write a base URL"):
        Server.parse(f"http://{host}/fhir")


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("http://127.0.0.1:8080/fhir", True),
        ("http://localhost:9/fhir", True),
        ("http://[::1]:9/fhir", True),
        ("http://127.1/fhir", False),
        ("http://2130706433/fhir", False),
        ("http://localhost.evil.example.net/fhir", False),
        ("https://ehr.example.org/fhir", False),
    ],
)
def test_loopback_by_default(address: str, *, allowed: bool) -> None:
    """A service on the loopback may call what is on the same machine, under its plain names."""
    assert allowed == Settings(demo=False).allow_list.allows(address)
    assert not Settings(host="0.0.0.0").allow_list.allows(address)  # noqa: S104


def test_an_unlisted_server_is_not_called(library: Library) -> None:
    """Without a prefetch that is a 412 that names the setting; the address gets no request."""
    forbidden = ForbiddenFhir().session()
    client = create_app(Settings(), library=library, stories=(), session=forbidden).test_client()

    response = client.post(
        ORDER_SIGN, json=order_sign(fhirServer="https://evil.example.net/fhir", prefetch=None)
    )

    assert 412 == response.status_code
    assert "TRANSPLANT_CDS_FHIR_SERVERS" in response.get_json()["issue"][0]["diagnostics"]
    assert "evil" not in response.text


def test_a_server_without_tls_is_told_loudly(library: Library, log: io.StringIO) -> None:
    """Tokens to it can be read on the way; to this machine nobody listens."""
    listed = "http://10.1.2.3:8080/fhir,https://ehr.example.org/fhir,http://127.0.0.1:1/fhir"

    create_app(Settings(fhir_servers=listed), library=library, stories=())

    (line,) = [json.loads(each) for each in log.getvalue().splitlines()]
    assert ("warning", "TOKENS AND RECORDS TRAVEL IN CLEAR") == (line["level"], line["event"])
    assert "http://10.1.2.3:8080/fhir" == line["fhir_server"]


def test_with_tenants_only_their_servers_are_called(library: Library, tmp_path: Path) -> None:
    """That a server is on this machine opens nothing: what no tenant lists gets no token."""
    keys = {"keys": [jwk(private_key("ES384"), "one", "ES384")]}
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    known = {"id": "one", "iss": "https://ehr.example.org", "keys_file": "keys.json"}
    listed = {**known, "fhir_servers": ["http://127.0.0.1:1/fhir"]}
    (tmp_path / "tenants.yaml").write_text(yaml.safe_dump({"tenants": [listed]}))
    settings = Settings(
        tenants=tmp_path / "tenants.yaml",
        public_url=PUBLIC,
        demo=True,
        database_url=f"sqlite:///{tmp_path}/used.db",
    )
    client = create_app(
        settings, library=library, stories=(), session=ForbiddenFhir().session()
    ).test_client()
    ours = ("http://127.0.0.1:2/fhir", "http://localhost:1/fhir", f"{settings.base_url}/fhir")

    answers = [
        client.post(
            ORDER_SIGN,
            json=order_sign(fhirServer=address),
            headers={"Authorization": f"Bearer {token(aud=PUBLIC + ORDER_SIGN)}"},
        )
        for address in ours
    ]

    assert [412] * 3 == [each.status_code for each in answers]
    assert all("lists those in TRANSPLANT_CDS_FHIR_SERVERS" in each.text for each in answers)


@pytest.mark.parametrize("address", ["{home}\\@{other}/fhir", "http://user:word@{other}/fhir"])
def test_an_odd_address_is_not_called(server: Issuer, address: str) -> None:
    """What one program takes for the host and another for a path or a user gets no request."""
    written = address.format(home=server.url, other=server.url.removeprefix("http://"))

    with pytest.raises(requests.exceptions.InvalidURL):
        create_session().get(written, headers={"Authorization": "Bearer a-token"}, timeout=1)

    assert [] == server.asked


NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "fe80::1",
    "fd00:ec2::254",
    "100.100.100.200",
    "168.63.129.16",
    "0.0.0.0",  # noqa: S104
    "0.1.2.3",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "127.0.0.1",
    "127.8.8.8",
    "::1",
    "::ffff:169.254.169.254",
    "::ffff:127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
]


@pytest.mark.parametrize("answer", NEVER)
def test_a_name_that_leads_where_nothing_is_called(
    server: Issuer, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """A listed name whose DNS answers such an address is not connected to."""
    port = int(server.url.rpartition(":")[2])
    family = socket.AF_INET6 if ip_address(answer).version == 6 else socket.AF_INET
    monkeypatch.setattr(
        "service.fhir.outbound.socket.getaddrinfo",
        lambda *_, **__: [(family, socket.SOCK_STREAM, 6, "", (answer, port))],
    )
    connected: list[Any] = []
    monkeypatch.setattr(
        "service.fhir.outbound.connection.create_connection",
        lambda *each: connected.append(each),
    )

    with pytest.raises(requests.ConnectionError):
        create_session().get(f"http://ehr.example.org:{port}/fhir", timeout=1)

    assert [] == connected


def test_a_name_is_resolved_once(server: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The address that was looked at is the one connected to, whatever DNS answers next."""
    port = int(server.url.rpartition(":")[2])
    true_answer = socket.getaddrinfo
    asked: list[str] = []

    def rebinding(host: str, *rest: Any, **named: Any) -> Any:
        if host == "ehr.example.org":
            asked.append(host)
            return true_answer("10.255.255.1" if len(asked) == 1 else "127.0.0.1", *rest, **named)
        return true_answer(host, *rest, **named)

    monkeypatch.setattr("service.fhir.outbound.socket.getaddrinfo", rebinding)

    with pytest.raises(requests.ConnectionError):
        create_session().get(f"http://ehr.example.org:{port}/fhir", timeout=0.3)

    assert (["ehr.example.org"], []) == (asked, server.asked)


@pytest.mark.parametrize("host", ["2852039166", "0xa9fea9fe", "[::ffff:169.254.169.254]"])
def test_metadata_by_number(host: str) -> None:
    """However the number is written, it is refused before anything is sent."""
    with pytest.raises(requests.ConnectionError, match="never called"):
        create_session().get(f"http://{host}/latest/meta-data", timeout=1)


@pytest.fixture
def under_tls(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server on the loopback under TLS, and the certificate that it shows."""
    key = private_key("ES256")
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = tmp_path / "ca.pem", tmp_path / "key.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(pem(key))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    Thread(target=running.serve_forever, args=(0.02,), daemon=True).start()
    yield f"https://localhost:{running.server_address[1]}/", public
    running.shutdown()
    running.server_close()


def test_tls_is_verified(under_tls: tuple[str, Path]) -> None:
    """An unknown authority is refused; the setting's own is trusted, for the right name only."""
    address, authority = under_tls
    trusting = create_session(ca_bundle=authority)

    with pytest.raises(requests.exceptions.SSLError):
        create_session().get(address, timeout=2)
    with pytest.raises(requests.exceptions.SSLError):
        trusting.get(address.replace("localhost", "127.0.0.1"), timeout=2)
    assert 204 == trusting.get(address, timeout=2).status_code
