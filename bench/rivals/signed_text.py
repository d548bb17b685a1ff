"""itsdangerous: signed JSON with a time, HMAC-SHA1 as it comes; the caller reads the claims."""

from collections.abc import Callable

from itsdangerous import URLSafeTimedSerializer

label = "itsdangerous"
CLAIMS = {"sub": "key", "tool": "payments.execute", "max": 4999}


def prepare() -> Callable[[int], None]:
    serializer = URLSafeTimedSerializer("k" * 32, salt="bench")
    token = serializer.dumps(CLAIMS)

    def run(times: int) -> None:
        for _ in range(times):
            claims = serializer.loads(token, max_age=3600)
            assert claims["tool"] == "payments.execute" and claims["max"] >= 4200

    return run
