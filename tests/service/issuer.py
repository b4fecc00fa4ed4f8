"""An EHR's side of trust, for tests: keys, tokens, and a real HTTP server that publishes them."""

import json
import threading
import time
import uuid
from collections.abc import Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

PUBLIC = "https://cds.example.org"
DISCOVERY = f"{PUBLIC}/cds-services"
_CURVES: dict[str, ec.EllipticCurve] = {
    "ES256": ec.SECP256R1(),
    "ES384": ec.SECP384R1(),
    "ES512": ec.SECP521R1(),
}


@cache
def private_key(algorithm: str, name: str = "a") -> Any:
    """Return a private key for *algorithm*; each *name* has its own."""
    del name
    if algorithm in _CURVES:
        return ec.generate_private_key(_CURVES[algorithm])
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: Any) -> bytes:
    """Return a private key as a PEM file holds it."""
    return bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def jwk(key: Any, kid: str, algorithm: str, **more: Any) -> dict[str, Any]:
    """Return the public half of a key as a JSON Web Key."""
    kind = jwt.get_algorithm_by_name(algorithm)
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, **more}


def claims(**changed: Any) -> dict[str, Any]:
    """Return the claims of a good token for discovery; a claim changed to None is left out."""
    now = int(time.time())
    made = {
        "iss": "https://ehr.example.org",
        "aud": DISCOVERY,
        "iat": now,
        "exp": now + 300,
        "jti": str(uuid.uuid4()),
        **changed,
    }
    return {name: value for name, value in made.items() if value is not None}


def token(
    key: Any = None,
    algorithm: str = "ES384",
    header: Mapping[str, Any] | None = None,
    **changed: Any,
) -> str:
    """Return a token signed with *key*, by default the one known as `one`."""
    head = {"kid": "one", "typ": "JWT", **(header or {})}
    return jwt.encode(claims(**changed), key or private_key("ES384"), algorithm, headers=head)


class Issuer:
    """An HTTP server on the loopback: a key set, an authorization server, and traps."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = [jwk(private_key("ES384"), "one", "ES384")]
        self.asked: list[str] = []
        """The path of each request."""

        self.forms: list[str] = []
        self.tokens: list[tuple[int, Any]] = []
        """What the authorization server answers, one after the other."""

        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                if self.path == "/jwks.json":
                    self._answer(200, {"keys": issuer.keys})
                elif self.path == "/moved.json":
                    self._answer(302, {}, Location=f"{issuer.url}/jwks.json")
                elif self.path == "/flood.json":
                    self._answer(200, {"keys": [], "pad": "x" * 600_000})
                else:
                    self._answer(404, {})

            def do_POST(self) -> None:
                issuer.asked.append(self.path)
                length = int(self.headers["Content-Length"])
                issuer.forms.append(self.rfile.read(length).decode())
                self._answer(*issuer.tokens.pop(0))

            def _answer(self, status: int, content: Any, **headers: str) -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.jku = f"{self.url}/jwks.json"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
