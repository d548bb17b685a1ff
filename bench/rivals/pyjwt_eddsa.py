"""PyJWT: the same JWT, Ed25519."""

from collections.abc import Callable

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.rivals.pyjwt import CLAIMS

label = "PyJWT EdDSA"


def prepare() -> Callable[[int], None]:
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    token = jwt.encode(CLAIMS, private, algorithm="EdDSA")

    def run(times: int) -> None:
        for _ in range(times):
            claims = jwt.decode(token, public, algorithms=["EdDSA"])
            assert claims["tool"] == "payments.execute" and claims["max"] >= 4200

    return run
