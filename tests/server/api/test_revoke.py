"""Revoking a key as an administrator, and as whoever holds it."""

import msgspec
import pytest

from engine import seal

ISSUED = "/v2alpha1/admin/issuedApiKeys"
SELF = "/v2alpha1/apiKeys:selfRevoke"
SUPERSEDED = {"reason": "REVOCATION_REASON_SUPERSEDED"}
NO_REVOCATION = {"revoke": (), "revoke_keys": ()}
WITHDRAWN = {"reason": "REVOCATION_REASON_PRIVILEGE_WITHDRAWN", "description": "left us"}


def revoke(api, key_id, body=SUPERSEDED):
    return api.call("POST", f"{ISSUED}/{key_id}:revoke", body)


def self_revoke(api, credential, **more):
    return api.call("POST", SELF, {"credential": credential, **more}, key=None)


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


def test_revoke_409_for_a_revoked_key_and_204_for_one_of_many_at_once(api, problem):
    key_id, _ = api.issue()
    sent = [api.send("POST", f"{ISSUED}/{key_id}:revoke", SUPERSEDED) for _ in range(6)]
    statuses = sorted(answer.status_code for answer in api.together(*sent))
    assert statuses == [204, 409, 409, 409, 409, 409]
    problem(revoke(api, key_id), 409, "CONFLICT")
    assert len(api.log()) == 1


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


def test_revoke_404_for_an_unknown_key(api, problem):
    problem(revoke(api, "00000000-0000-4000-8000-000000000000"), 404, "API_KEY_NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        (b"", "reason"),
        ({"reason": "REVOCATION_REASON_UNSPECIFIED"}, "reason"),
        ({"reason": "because"}, "reason"),
        ({"reason": 1}, "reason"),
        (SUPERSEDED | {"description": "x"}, "description"),
        (WITHDRAWN | {"description": "x" * 501}, "description"),
        (WITHDRAWN | {"description": "\0"}, "description"),
    ],
)
def test_revoke_400_names_the_field_and_revokes_nothing(api, problem, body, field):
    key_id, secret = api.issue()
    assert problem(revoke(api, key_id, body), 400)["metadata"]["field"] == field
    assert api.code(secret) == "ok" and api.log() == []


def test_self_revoke_200_needs_only_the_key_and_is_idempotent(api):
    key_id, secret = api.issue()
    grant = api.derive(secret)
    for _ in range(2):
        answer = self_revoke(api, secret, reason="REVOCATION_REASON_KEY_COMPROMISE")
        assert (answer.status_code, answer.json()) == (200, {})
    assert [api.code(secret), api.code(grant)] == ["REVOKED"] * 2
    assert api.get(key_id)["revocation_reason"] == "REVOCATION_REASON_KEY_COMPROMISE"
    assert len(api.log()) == 1


def test_self_revoke_200_for_everyone_who_asks_at_once(api):
    _, secret = api.issue()
    sent = [api.send("POST", SELF, {"credential": secret}, key=None) for _ in range(8)]
    assert [answer.status_code for answer in api.together(*sent)] == [200] * 8
    assert len(api.log()) == 1


def test_self_revoke_200_ignores_the_authorization_header(api):
    _, secret = api.issue()
    assert api.call("POST", SELF, {"credential": secret}, key="nonsense").status_code == 200


def test_self_revoke_400_for_anything_below_a_key(api, problem):

    _, secret = api.issue()
    for token in (api.narrow(secret), api.derive(secret), seal(secret)):
        problem(self_revoke(api, token), 400, "DERIVED_TOKEN_NOT_REVOCABLE")
    assert api.code(secret) == "ok" and api.log() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "credential"),
        ({"credential": ""}, "credential"),
        ({"credential": "x" * 8193}, "credential"),
        ({"credential": "x", "reason": WITHDRAWN["reason"]}, "reason"),
        ({"credential": "x", "reason": "other"}, "reason"),
    ],
)
def test_self_revoke_400_names_the_field(api, problem, body, field):
    error = problem(api.call("POST", SELF, body, key=None), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == field


def test_self_revoke_401_for_an_expired_key(api, clock, problem):
    _, secret = api.issue(ttl="5s")
    clock.forward(5)
    problem(self_revoke(api, secret), 401, "API_KEY_EXPIRED")
    assert api.log() == []


def test_self_revoke_403_for_a_public_key_until_an_administrator_revoked_it(api, problem):
    key_id, public = api.issue(visibility="KEY_VISIBILITY_PUBLIC")
    problem(self_revoke(api, public), 403, "FORBIDDEN")
    assert api.code(public) == "ok"
    assert revoke(api, key_id).status_code == 204
    assert self_revoke(api, public).status_code == 200


def test_self_revoke_404_for_what_is_no_key_of_this_tenant(api, forge, problem):
    _, secret = api.issue()
    admin = api.admin
    for credential in ("junk", secret[:-1], forge.tail(secret), forge.unknown(api), admin, "кот"):
        problem(self_revoke(api, credential), 404, "API_KEY_NOT_FOUND")
    assert api.code(secret) == "ok" and api.log() == []
