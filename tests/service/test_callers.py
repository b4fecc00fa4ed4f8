"""Who calls: every token that is not right is refused alike, and a right one counts once."""

import base64
import hashlib
import hmac
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cards.library import Library
from service.app import create_app
from service.errors import StartError
from service.settings import Settings
from tests.service.issuer import DISCOVERY, PUBLIC, Issuer, claims, jwk, private_key, token
from tests.service.requests_sent import ORDER_SIGN, order_sign

ALGORITHMS = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512"]


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An EHR that publishes its keys over HTTP."""
    running = Issuer()
    yield running
    running.close()


@pytest.fixture
def tenants(tmp_path: Path, issuer: Issuer) -> Path:
    """A tenants file with that EHR, and one whose keys are in a file."""
    (tmp_path / "keys.json").write_text(
        json.dumps({"keys": [jwk(private_key("ES384", "b"), "two", "ES384", alg="ES384")]})
    )
    file = tmp_path / "tenants.yaml"
    known = [
        {"id": "one", "iss": "https://ehr.example.org", "jku": [issuer.jku]},
        {"id": "two", "iss": "https://two.example.org", "keys_file": "keys.json"},
        {
            "id": "north",
            "iss": "https://many.example.org",
            "tenant": "north",
            "keys_file": "keys.json",
        },
    ]
    file.write_text(yaml.safe_dump({"tenants": known}))
    return file


@pytest.fixture
def guarded(library: Library, tenants: Path, tmp_path: Path) -> FlaskClient:
    """A client of a service that checks its callers."""
    settings = Settings(
        host="0.0.0.0",  # noqa: S104
        public_url=PUBLIC,
        tenants=tenants,
        database_url=f"sqlite:///{tmp_path}/state/used.db",
    )
    return create_app(settings, library=library, stories=()).test_client()


def _get(client: FlaskClient, sent: str | bytes) -> TestResponse:
    bearer = sent.decode("latin-1") if isinstance(sent, bytes) else sent
    return client.get("/cds-services", headers={"Authorization": f"Bearer {bearer}"})


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _unsigned(header: dict[str, Any], **changed: Any) -> str:
    return f"{_part({'kid': 'one', **header})}.{_part(claims(**changed))}."


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_right_token_is_let_in(guarded: FlaskClient, issuer: Issuer, algorithm: str) -> None:
    """Each algorithm is accepted with a key of its kind, fetched from the listed jku."""
    key = private_key(algorithm)
    issuer.keys = [jwk(key, "one", algorithm)]

    response = _get(guarded, token(key, algorithm, {"jku": issuer.jku}))

    assert 200 == response.status_code
    assert ["/jwks.json"] == issuer.asked


def test_each_endpoint_needs_its_own_token(guarded: FlaskClient) -> None:
    """`aud` names the very endpoint: a token for discovery signs no order."""
    address = f"{PUBLIC}{ORDER_SIGN}"
    body = order_sign()
    wrong = guarded.post(
        ORDER_SIGN, json=body, headers={"Authorization": f"Bearer {token(aud=DISCOVERY)}"}
    )
    right = guarded.post(
        ORDER_SIGN,
        json={**body, "context": {**body["context"], "draftOrders": {"resourceType": "Bundle"}}},
        headers={"Authorization": f"Bearer {token(aud=['https://other.example', address])}"},
    )

    assert (401, 200) == (wrong.status_code, right.status_code)


def test_without_a_token_all_of_cds_hooks_is_closed(guarded: FlaskClient) -> None:
    """Discovery, services and what does not exist answer alike; probes stay open."""
    paths = ["/cds-services", "/cds-services/", "/cds-services/x", f"{ORDER_SIGN}/feedback"]
    refused = [guarded.get(path) for path in paths] + [guarded.post(ORDER_SIGN, json={})]

    assert [401] * 5 == [each.status_code for each in refused]
    assert {"Bearer"} == {each.headers["WWW-Authenticate"] for each in refused}
    assert 200 == guarded.get("/health/live").status_code


def _wrong_tokens() -> dict[str, str]:
    """Return tokens by what is wrong with each; made anew, so that nothing else is."""
    now = int(time.time())
    stranger = private_key("ES384", "stranger")
    rsa_key = private_key("RS384")
    public = rsa_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = f"{_part({'alg': 'HS256', 'kid': 'rsa', 'typ': 'JWT'})}.{_part(claims())}"
    mac = hmac.new(public, head.encode(), hashlib.sha256).digest()
    confused = f"{head}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
    right = token()
    return {
        "none": _unsigned({"alg": "none"}),
        "None": _unsigned({"alg": "None"}),
        "no-alg": _unsigned({}),
        "HS256": token("secret" * 8, "HS256"),
        "key-confusion": confused,
        "another-algorithm": token(rsa_key, "PS384", {"kid": "rsa"}),
        "algorithm-of-another-key": token(private_key("ES256"), "ES256"),
        "stranger": token(stranger),
        "unknown-kid": token(header={"kid": "nobody"}),
        "no-kid": token(header={"kid": ""}),
        "unlisted-jku": token(header={"jku": "https://evil.example.net/jwks.json"}),
        "jku-is-a-list": token(header={"jku": ["https://ehr.example.org"]}),
        "unlisted-issuer": token(iss="https://evil.example.net"),
        "no-issuer": token(iss=None),
        "another-tenants-key": token(iss="https://two.example.org", header={"kid": "two"}),
        "tenant-not-named": token(iss="https://many.example.org", header={"kid": "two"}),
        "expired": token(exp=now - 60),
        "not-yet": token(nbf=now + 120),
        "from-the-future": token(iat=now + 120),
        "for-ever": token(exp=now + 10_000),
        "old-and-long": token(iat=now - 7200, exp=now + 60),
        "no-exp": token(exp=None),
        "no-iat": token(iat=None),
        "no-jti": token(jti=None),
        "no-aud": token(aud=None),
        "other-aud": token(aud="https://cds.example.org"),
        "aud-of-a-prefix": token(aud=f"{DISCOVERY}/x"),
        "other-typ": token(header={"typ": "at+jwt"}),
        "unknown-crit": token(header={"crit": ["x"], "x": 1}),
        "oversized": token(padding="x" * 20_000),
        "changed": right[:-8] + ("A" * 8 if right[-8:] != "A" * 8 else "B" * 8),
        "unsigned": right.rpartition(".")[0] + ".",
        "two-parts": right.rpartition(".")[0],
        "nonsense": "x.y.z",
        "not-ascii": "é" * 40,
        "empty": "",
    }


@pytest.mark.parametrize("case", _wrong_tokens())
def test_a_wrong_token_is_refused_without_a_reason(
    guarded: FlaskClient, issuer: Issuer, log: io.StringIO, case: str
) -> None:
    """Whatever is wrong: 401, the same words for all, the reason in the log, no call elsewhere."""
    issuer.keys += [
        jwk(private_key("RS384"), "rsa", "RS384"),
        jwk(private_key("ES256"), "e", "ES256"),
    ]

    response = _get(guarded, _wrong_tokens()[case])

    assert (401, "Bearer") == (response.status_code, response.headers["WWW-Authenticate"])
    (issue,) = response.get_json()["issue"]
    assert "login" == issue["code"]
    assert (
        "The caller is not known. Send Authorization: Bearer with a signed JWT."
        == (issue["diagnostics"])
    )
    (line,) = [json.loads(each) for each in log.getvalue().splitlines()]
    assert ("refused", response.get_json()["id"]) == (line["event"], line["error_id"])
    assert line["reason"]
    assert set(issuer.asked) <= {"/jwks.json"}


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": "soon"},
        {"exp": 1e400},
        {"exp": 10**400},
        {"exp": True},
        {"iat": []},
        {"nbf": {}},
        {"jti": 7},
    ],
)
def test_claims_of_wrong_types(guarded: FlaskClient, changed: dict[str, Any]) -> None:
    """A claim that is no time or no id is refused, and is no fault of ours."""
    signed = jwt.api_jws.encode(
        json.dumps({**claims(), **changed}).encode(),
        private_key("ES384"),
        "ES384",
        headers={"kid": "one", "typ": "JWT"},
    )

    assert 401 == _get(guarded, signed).status_code


def test_small_clock_differences_are_forgiven(guarded: FlaskClient) -> None:
    """A clock that is some seconds off on either side locks nobody out."""
    now = int(time.time())

    assert 200 == _get(guarded, token(exp=now - 10)).status_code
    assert 200 == _get(guarded, token(iat=now + 10, nbf=now + 10)).status_code


def test_a_token_counts_once(guarded: FlaskClient) -> None:
    """The same jti is refused the second time, from the same issuer, in another token too."""
    assert 200 == _get(guarded, token(jti="a")).status_code
    assert 401 == _get(guarded, token(jti="a")).status_code
    other = token(
        private_key("ES384", "b"), header={"kid": "two"}, iss="https://two.example.org", jti="a"
    )
    assert 200 == _get(guarded, other).status_code


def test_a_refused_token_uses_up_nothing(guarded: FlaskClient) -> None:
    """A stranger who guesses a jti cannot lock out the token that bears it."""
    assert 401 == _get(guarded, token(private_key("ES384", "stranger"), jti="a")).status_code
    assert 200 == _get(guarded, token(jti="a")).status_code


def test_keys_from_a_file_need_no_call(guarded: FlaskClient, issuer: Issuer) -> None:
    """A tenant whose keys were exchanged by file is known without a call out."""
    signed = token(private_key("ES384", "b"), header={"kid": "two"}, iss="https://two.example.org")

    assert 200 == _get(guarded, signed).status_code
    assert [] == issuer.asked


def test_one_issuer_for_several_tenants(guarded: FlaskClient) -> None:
    """The claim `tenant` tells apart those who share an issuer."""
    signed = token(
        private_key("ES384", "b"),
        header={"kid": "two"},
        iss="https://many.example.org",
        tenant="north",
    )

    assert 200 == _get(guarded, signed).status_code


def test_without_a_jku_the_listed_one_is_asked(guarded: FlaskClient, issuer: Issuer) -> None:
    """Keys are found by kid, and fetched once for many tokens."""
    assert [200] * 3 == [_get(guarded, token()).status_code for _ in range(3)]
    assert ["/jwks.json"] == issuer.asked


def test_a_weak_or_foreign_key_is_passed_over(guarded: FlaskClient, issuer: Issuer) -> None:
    """A short RSA key, one for encryption and a symmetric one open nothing."""
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    es384 = private_key("ES384")
    issuer.keys = [
        jwk(weak, "weak", "RS384"),
        jwk(es384, "enc", "ES384", use="enc"),
        {"kty": "oct", "kid": "oct", "k": _part("secret")},
        {"kty": "EC", "kid": "broken", "crv": "P-384", "x": "1", "y": "1"},
    ]

    with pytest.warns(jwt.warnings.InsecureKeyLengthWarning):
        short = token(weak, "RS384", {"kid": "weak"})
    assert 401 == _get(guarded, short).status_code
    assert 401 == _get(guarded, token(es384, "ES384", {"kid": "enc"})).status_code
    assert 401 == _get(guarded, token("x" * 32, "HS256", {"kid": "oct"})).status_code
    assert 401 == _get(guarded, token(header={"kid": "broken"})).status_code


def test_where_others_can_call_callers_must_be_known(library: Library) -> None:
    """On any address but the loopback the start is refused, with the three ways out."""
    with pytest.raises(StartError) as refused:
        create_app(Settings(host="0.0.0.0"), library=library, stories=())  # noqa: S104

    for way in ("tenants.example.yaml", "127.0.0.1", "TRANSPLANT_CDS_OPEN=true"):
        assert way in str(refused.value)


def test_open_by_word_of_the_operator(library: Library) -> None:
    """Who says so may leave the check to a gateway in front."""
    settings = Settings(host="0.0.0.0", open=True)  # noqa: S104
    client = create_app(settings, library=library, stories=()).test_client()

    assert 200 == client.get("/cds-services").status_code


def test_checking_callers_needs_the_public_address(library: Library, tenants: Path) -> None:
    """`aud` cannot be compared with an address that nobody calls."""
    settings = Settings(host="0.0.0.0", tenants=tenants)  # noqa: S104

    with pytest.raises(StartError, match="TRANSPLANT_CDS_PUBLIC_URL"):
        create_app(settings, library=library, stories=())


def test_a_memory_that_cannot_be_made_stops_the_start(library: Library, tenants: Path) -> None:
    """A container whose user may write nothing learns so at once, with the cure."""
    settings = Settings(
        tenants=tenants, public_url=PUBLIC, database_url="sqlite:////proc/none/used.db"
    )

    with pytest.raises(StartError, match="TRANSPLANT_CDS_REDIS_URL"):
        create_app(settings, library=library, stories=())


def test_a_memory_that_is_down_lets_nobody_in(library: Library, tenants: Path) -> None:
    """Where a replay cannot be told, the answer is 503 and not a card."""
    settings = Settings(tenants=tenants, public_url=PUBLIC, redis_url="redis://127.0.0.1:1/0")
    client = create_app(settings, library=library, stories=()).test_client()

    response = _get(client, token())

    assert (503, "5") == (response.status_code, response.headers["Retry-After"])
