"""PyJWT: a JWT with the same facts as claims, HS256."""

from collections.abc import Callable

import jwt

label = "PyJWT HS256"
CLAIMS = {"sub": "key", "exp": 4_000_000_000, "tool": "payments.execute", "max": 4999}


def prepare() -> Callable[[int], None]:
    token = jwt.encode(CLAIMS, "k" * 32, algorithm="HS256")

    def run(times: int) -> None:
        for _ in range(times):
            claims = jwt.decode(token, "k" * 32, algorithms=["HS256"])
            assert claims["tool"] == "payments.execute" and claims["max"] >= 4200

    return run
