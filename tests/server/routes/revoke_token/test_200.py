"""POST /v1/tokens:revoke, 200: what it answers."""

from engine.caveats import Window
from tests.server.routes.paths import ISSUED, TOKENS
from tests.server.routes.tokens import kill


def test_revoke_200_kills_the_last_link_and_below_and_never_above_or_beside(api):
    _, secret = api.issue()
    grant, sister = api.derive(secret), api.derive(secret)
    child, sibling = api.narrow(grant), api.narrow(grant)
    grandchild = api.narrow(child)
    assert kill(api, child).json()["revoked"] == "block"
    assert [api.code(each) for each in (child, grandchild)] == ["REVOKED"] * 2
    assert [api.code(each) for each in (secret, grant, sister, sibling)] == ["ok"] * 4
    assert kill(api, grant).json()["revoked"] == "grant"
    assert [api.code(each) for each in (grant, sibling)] == ["REVOKED"] * 2
    assert [api.code(each) for each in (secret, sister)] == ["ok"] * 2
    assert kill(api, secret).json()["revoked"] == "key"
    assert [api.code(each) for each in (secret, sister)] == ["REVOKED"] * 2
    api.reopen()
    assert {api.code(each) for each in (secret, grant, sister, child, sibling)} == {"REVOKED"}


def test_revoke_200_is_idempotent_also_at_once_and_writes_one_entry(api):
    _, secret = api.issue()
    for token in (api.narrow(secret), api.derive(secret), secret):
        before = len(api.log())
        sent = [api.send("POST", TOKENS + "revoke", {"credential": token}) for _ in range(6)]
        answers = [answer.json() for answer in api.together(*sent)]
        assert sorted(answer["already_revoked"] for answer in answers) == [False] + [True] * 5
        assert kill(api, token).json()["revision"] is None
        assert len(api.log()) == before + 1


def test_revoke_200_of_an_expired_token_that_is_good_for_nothing_else(api, clock):
    _, secret = api.issue(ttl="60s")
    token = api.narrow(secret, Window(0, 1_800_000_010))
    clock.forward(30)
    assert api.code(token) == "EXPIRED"
    assert kill(api, token).json()["already_revoked"] is False


def test_revoke_200_of_a_leaked_admin_key_ends_its_rights_at_once(api, problem):
    key = api.admin_key("marzipan:read")
    assert api.call("GET", ISSUED, key=key).status_code == 200
    assert kill(api, key).json()["revoked"] == "key"
    problem(api.call("GET", ISSUED, key=key), 401, "UNAUTHORIZED")
