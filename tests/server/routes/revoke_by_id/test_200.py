"""POST /v1/revocations, 200: what it answers."""

from uuid import UUID

from server.changing import DAY
from server.durations import MAXIMUM
from tests.server.routes.paths import REVOKE
from tests.server.routes.revoke_by_id.asking import add


def ids(api, token):
    """What verify and inspect say of a token: its grant's id and its last block's."""
    told = api.call("POST", "/v1/tokens:inspect", {"credential": token}, key=None).json()
    blocks = told["unverified_blocks"]
    return api.verify(token)["grant_id"], blocks and blocks[-1].get("revocation_id")


def test_a_grant_dies_by_its_id_with_all_below_it_and_nothing_else(api):
    key_id, secret = api.issue()
    for more in ({}, {"key_id": key_id}):
        grant, sibling = api.derive(secret), api.derive(secret)
        child = api.narrow(grant)
        answer = add(api, grant_id=ids(api, grant)[0], **more)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["revoked"] == "grant" and told["already_revoked"] is False
        assert told["revision"]
        codes = [api.code(token) for token in (grant, child, sibling, secret)]
        assert codes == ["REVOKED", "REVOKED", "ok", "ok"]
    api.reopen()
    assert api.code(grant) == "REVOKED"


def test_a_jwt_dies_by_its_grant_id(api):
    _, secret = api.issue()
    jwt = api.derive(secret, algorithm="TOKEN_ALGORITHM_JWT")
    assert add(api, grant_id=ids(api, jwt)[0]).status_code == 200
    assert api.code(jwt) == "REVOKED"


def test_a_narrowed_token_dies_by_its_revocation_id_though_its_holder_may_revoke_no_more(
    api, monkeypatch, problem
):
    monkeypatch.setattr("server.possession.PER_PARENT_AND_DAY", 0)
    key_id, secret = api.issue()
    token, sibling = api.narrow(secret), api.narrow(secret)
    child = api.narrow(token)
    body = {"credential": token}
    problem(api.call("POST", REVOKE, body, key=None), 429, "TOO_MANY_REQUESTS")
    [link] = api.node.tenant.verifier.authenticate(token).revocation_ids
    told = add(api, revocation_id=link.hex(), key_id=key_id).json()
    assert (told["revoked"], told["revocation_id"]) == ("block", str(UUID(bytes=link)))
    assert [api.code(t) for t in (token, child, sibling)] == ["REVOKED", "REVOKED", "ok"]
    assert api.call("POST", REVOKE, body, key=None).json()["already_revoked"] is True


def test_a_second_time_is_success_and_says_so(api):
    _, secret = api.issue()
    grant_id = ids(api, api.derive(secret))[0]
    assert [add(api, grant_id=grant_id).json()["already_revoked"] for _ in range(3)] == [
        False,
        True,
        True,
    ]
    assert len(api.log()) == 1


def test_an_entry_stays_for_as_long_as_what_it_names_can_live(api):
    key_id, secret = api.issue()
    now = api.node.now()
    grant_id = ids(api, api.derive(secret))[0]
    add(api, grant_id=grant_id, key_id=key_id)
    # Of a grant whose key nobody named, the longest that any key can live is all that is known.
    add(api, grant_id=grant_id)
    assert sorted(entry.expires_at for entry in api.log()) == [
        now + api.settings.max_ttl + DAY,
        now + MAXIMUM + DAY,
    ]


def test_who_revoked_what_and_why_stands_in_the_audit_and_the_log(api):
    key_id, secret = api.issue()
    grant = ids(api, api.derive(secret))[0]
    add(api, grant_id=grant, key_id=key_id, reason="REVOCATION_REASON_KEY_COMPROMISE")
    [entry] = api.log()
    assert entry.reason == "1"
    [row] = api.run(api.node.store.audit("default", limit=1))
    assert row.action == "grant.revoke" and row.target == grant.replace("-", "")
    assert row.caller and key_id.replace("-", "").encode() in row.detail
