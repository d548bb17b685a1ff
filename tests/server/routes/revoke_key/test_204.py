"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:revoke, 204: done, and nothing to tell."""

import msgspec
import pytest

from tests.server.routes.paths import ISSUED
from tests.server.routes.revoke_key.asking import SUPERSEDED, WITHDRAWN, revoke

NO_REVOCATION = {"revoke": (), "revoke_keys": ()}


def test_revoke_204_kills_the_key_and_all_below_at_the_next_verify_with_one_entry(api):
    key_id, secret = api.issue()
    tokens = [secret, api.derive(secret), api.narrow(secret), api.narrow(api.derive(secret))]
    assert [api.code(token) for token in tokens] == ["ok"] * 4
    answer = revoke(api, key_id, WITHDRAWN)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [api.code(token) for token in tokens] == ["REVOKED"] * 4
    key = api.get(key_id)
    assert key["status"] == "KEY_STATUS_REVOKED"
    assert key["revocation_reason"] == WITHDRAWN["reason"]
    assert key["revocation_description"] == "left us"
    (entry,) = api.log()
    assert (entry.kind.name, entry.target.hex()) == ("KEY", key_id.replace("-", ""))
    api.reopen()
    assert [api.code(token) for token in tokens] == ["REVOKED"] * 4


def test_revoke_204_whatever_else_is_written_to_the_key_between_reading_and_revoking(
    api, monkeypatch
):
    key_id, secret = api.issue(name="before")
    store = api.node.store
    commit = store.commit

    async def after_another(change):
        if change.audit.action == "key.revoke":
            old = await store.get(change.tenant, bytes.fromhex(change.audit.target))
            new = msgspec.structs.replace(old, name="after")
            await commit(msgspec.structs.replace(change, replace=((old, new),), **NO_REVOCATION))
        return await commit(change)

    monkeypatch.setattr(store, "commit", after_another)
    assert revoke(api, key_id).status_code == 204
    assert api.code(secret) == "REVOKED"
    key = api.get(key_id)
    assert (key["status"], key["name"]) == ("KEY_STATUS_REVOKED", "after")


@pytest.mark.parametrize("by_its_holder", [False, True])
def test_revoke_wins_among_many_updates_of_its_key_and_all_of_them_are_made(api, by_its_holder):
    key_id, secret = api.issue()

    def patches(count):
        body = {"metadata": {"n": 1}}
        return [api.send("PATCH", f"{ISSUED}/{key_id}", body) for _ in range(count)]

    if by_its_holder:
        one = api.send("POST", "/v1/tokens:revoke", {"credential": secret}, key=None)
    else:
        one = api.send("POST", f"{ISSUED}/{key_id}:revoke", SUPERSEDED)
    answers = api.together(*patches(20), one, *patches(20))
    assert answers.pop(20).status_code == (200 if by_its_holder else 204)
    assert {answer.status_code for answer in answers} == {200}
    assert api.code(secret) == "REVOKED" and api.get(key_id)["status"] == "KEY_STATUS_REVOKED"
    assert len(api.log()) == 1


def test_revoke_204_for_an_expired_key_and_one_in_its_grace(api, clock):
    expired, _ = api.issue(ttl="1s")
    graced, secret = api.issue()
    api.call("POST", f"{ISSUED}/{graced}:rotate", {"grace": "1h"})
    clock.forward(1)
    assert revoke(api, expired).status_code == revoke(api, graced).status_code == 204
    assert api.code(secret) == "REVOKED"
