"""What fails inside is a clean 5xx on every route, and changes nothing."""

import pytest

from storage.errors import StoreError, StoreUnavailable
from tests.server.routes.conftest import operations
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
    api, subject, monkeypatch, error, status
):
    assert send(api, "GET", ISSUED).status == 200  # the caller's own record is in memory
    before = api.run(api.node.store.audit_heads())
    asked: list[str] = []

    async def broken(*args, **named):
        asked.append("")
        raise error

    for name in operations():
        monkeypatch.setattr(api.node.store, name, broken)
    hindered = set()
    for ask in asks(api, subject):
        api.node.tenant.evict(bytes.fromhex(subject.issued.replace("-", "")))
        asked.clear()
        key = subject.credential if ask.operation == "gateway_verify" else ""
        answer = send(api, ask.method, ask.path, ask.body, key=key)
        # What asks the store for nothing is not hindered.
        assert (answer.status == status) == bool(asked), (ask.path, answer)
        assert SECRET.encode() not in answer.body and b"Traceback" not in answer.body
        hindered |= {ask.operation} if asked else set()
    monkeypatch.undo()
    assert api.run(api.node.store.audit_heads()) == before
    assert len(hindered) > 20
