"""What fails inside is a clean 5xx on every route, and changes nothing."""

import pytest

from storage.errors import StoreError, StoreUnavailable
from tests.server.routes.every import asks, send
from tests.server.routes.paths import ISSUED

SECRET = "what the cause says is for the log"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RuntimeError(SECRET), 500),
        (KeyError(SECRET), 500),
        (UnicodeDecodeError("utf-8", b"", 0, 1, SECRET), 500),
        (StoreError(SECRET), 500),
        (StoreUnavailable(SECRET), 503),
        (TimeoutError(SECRET), 504),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_store_that_fails_is_a_5xx_that_tells_nothing_and_does_nothing(
    api, subject, break_store, error, status
):
    assert send(api, "GET", ISSUED).status == 200  # the caller's own record is in memory
    quiet = set()
    before = api.run(api.node.store.audit_heads())
    restore = break_store(error)
    for ask in asks(api, subject):
        api.node.tenant.evict(bytes.fromhex(subject.issued.replace("-", "")))
        key = subject.credential if ask.operation == "gateway_verify" else ""
        answer = send(api, ask.method, ask.path, ask.body, key=key)
        if answer.status < 300:
            quiet.add(ask.operation)
        else:
            assert answer.status == status, (ask.path, answer)
            assert SECRET.encode() not in answer.body and b"Traceback" not in answer.body
    restore()
    assert api.run(api.node.store.audit_heads()) == before
    # What asks the store for nothing is not hindered.
    assert quiet == {"attenuate", "inspect", "jwks", "version", "health"}
