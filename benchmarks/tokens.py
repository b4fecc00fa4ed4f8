"""An EHR's tokens for the benchmark: a key, the tenants file that trusts it, tokens of one use."""

import json
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

_ISSUER = "https://ehr.example.org"
_SECONDS = 3000
_TENANTS = f"""\
tenants:
  - id: benchmark
    iss: {_ISSUER}
    keys_file: keys.json
    algorithms: [RS384, ES384]
    rate: 100000/second
"""


class Ehr:
    """One that calls the endpoint *audience*, and signs with *algorithm*: RS384 or ES384."""

    def __init__(self, algorithm: str, audience: str) -> None:
        self._algorithm = algorithm
        self._audience = audience
        self._key: Any = (
            rsa.generate_private_key(public_exponent=65537, key_size=2048)
            if algorithm.startswith("RS")
            else ec.generate_private_key(ec.SECP384R1())
        )

    def trust(self, folder: Path) -> Path:
        """Write the tenants file and the public key into *folder*; returns the former."""
        kind = jwt.get_algorithm_by_name(self._algorithm)
        key = {**kind.to_jwk(self._key.public_key(), as_dict=True), "kid": "benchmark"}
        (folder / "keys.json").write_text(json.dumps({"keys": [key]}))
        tenants = folder / "tenants.yaml"
        tenants.write_text(_TENANTS)
        return tenants

    def tokens(self, number: int) -> Iterator[str]:
        """Sign so many tokens now, for later use; each is good for one call."""
        now = int(time.time())
        claims = {"iss": _ISSUER, "aud": self._audience, "iat": now, "exp": now + _SECONDS}
        header = {"kid": "benchmark", "typ": "JWT"}
        signed = [
            jwt.encode({**claims, "jti": str(uuid.uuid4())}, self._key, self._algorithm, header)
            for _ in range(number)
        ]
        return iter(signed)
