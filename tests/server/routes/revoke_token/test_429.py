"""POST /v1/tokens:revoke, 429: too much."""

from server.app import PUBLIC_LIMIT
from tests.server.routes.paths import REVOKE
from tests.server.routes.tokens import kill


def test_revoke_429_past_the_daily_limit_of_one_key_but_never_for_the_key_itself(
    api, clock, problem, monkeypatch
):
    monkeypatch.setattr("server.possession.PER_PARENT_AND_DAY", 3)
    _, secret = api.issue()
    _, other = api.issue()
    tokens = [api.narrow(secret) for _ in range(5)]
    for token in (*tokens[:3], tokens[0]):
        assert kill(api, token).status_code == 200
    problem(kill(api, tokens[3]), 429, "TOO_MANY_REQUESTS")
    assert api.code(tokens[3]) == "ok" and len(api.log()) == 3
    assert kill(api, api.narrow(other)).status_code == 200
    clock.forward(86_400)
    assert kill(api, tokens[3]).status_code == 200
    assert kill(api, secret).status_code == 200
    assert api.code(tokens[4]) == "REVOKED"


def test_429_for_a_body_of_one_byte_too_many_and_400_for_one_that_is_full(refuses):
    refuses.body(PUBLIC_LIMIT, "POST", REVOKE, None)
