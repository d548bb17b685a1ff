"""Suspending a key takes it out of use, and kills all that was derived from it for good."""

import pytest

from server.lifecycle import suspend
from tests.server.routes.lifecycle import (
    IMPORTED,
    ISSUED,
    KINDS,
    act,
    audited,
    codes,
    derived,
    done,
    listed,
    made,
    revoked,
    shown,
    written,
)


@pytest.mark.parametrize("kind", KINDS)
def test_the_key_and_all_that_was_derived_from_it_are_dead_at_the_next_verify(api, kind):
    key_id, credential = made(api, kind)
    tokens = derived(api, credential)
    assert codes(api, credential, *tokens) == ["ok"] * 4
    key = done(api, key_id, "suspend")
    assert (key["key_id"], key["status"], key["suspended"]) == (key_id, "KEY_STATUS_REVOKED", True)
    assert "revocation_reason" not in key
    assert shown(api, kind, key_id) == key
    assert codes(api, credential, *tokens) == ["REVOKED"] * 4
    api.reopen()
    assert codes(api, credential, *tokens) == ["REVOKED"] * 4
    assert shown(api, kind, key_id)["suspended"]


def test_what_was_narrowed_from_the_key_is_dead_as_well(api):
    key_id, secret = api.issue()
    narrowed = api.narrow(secret)
    assert api.code(narrowed) == "ok"
    done(api, key_id, "suspend")
    assert api.code(narrowed) == "REVOKED"


def test_row_and_log_and_audit_are_one_change(api):
    key_id, _ = api.issue()
    entries, rows = written(api)
    done(api, key_id, "suspend")
    assert written(api) == (entries + 1, rows + 1)
    [entry], [row] = api.log(), audited(api, "key.suspend")
    assert (entry.kind.name, entry.value, entry.reason) == ("CHILDREN", 1, "suspended")
    assert row.target == key_id.replace("-", "")
    assert row.caller == api.initialised.admin_key_id.hex()


@pytest.mark.parametrize("kind", KINDS)
def test_again_answers_the_same_and_writes_nothing(api, clock, kind):
    key_id, _ = made(api, kind)
    key, before = done(api, key_id, "suspend"), written(api)
    clock.forward(5)
    assert done(api, key_id, "suspend") == key
    assert written(api) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_listing_of_the_revoked_has_it_and_one_of_the_active_has_not(api, kind):
    key_id, _ = made(api, kind)
    assert listed(api, kind, "ACTIVE") == [key_id]
    done(api, key_id, "suspend")
    assert listed(api, kind, "ACTIVE") == listed(api, kind, "EXPIRED") == []
    assert listed(api, kind, "REVOKED") == listed(api, kind) == [key_id]


def test_pages_of_the_revoked_have_every_suspended_and_every_revoked_key_once(api):
    ids = [api.issue()[0] for _ in range(7)]
    for number, key_id in enumerate(ids):
        done(api, key_id, "suspend") if number % 2 else revoked(api, "issued", key_id)
    api.issue()
    found, token = [], ""
    while True:
        query = f"?filter=status=KEY_STATUS_REVOKED&page_size=2&page_token={token}"
        page = api.call("GET", ISSUED + query).json()
        found += [key["key_id"] for key in page["issued_api_keys"]]
        if not (token := page["next_page_token"]):
            break
    assert found == sorted(ids, reverse=True)


@pytest.mark.parametrize(("kind", "path"), [("issued", ISSUED), ("imported", IMPORTED)])
def test_a_patch_changes_its_terms_and_leaves_it_suspended(api, kind, path):
    key_id, credential = made(api, kind, scopes=["a", "b"])
    done(api, key_id, "suspend")
    answer = api.call("PATCH", f"{path}/{key_id}", {"scopes": ["a"]})
    assert (answer.status_code, answer.json()["suspended"]) == (200, True)
    assert api.code(credential) == "REVOKED"
    assert done(api, key_id, "resume")["scopes"] == ["a"]
    assert api.code(credential, context={"scopes": ["a"]}) == "ok"
    assert api.code(credential, context={"scopes": ["b"]}) != "ok"


@pytest.mark.parametrize("kind", KINDS)
def test_revoking_it_works_and_nothing_resumes_it_then(api, problem, kind):
    key_id, credential = made(api, kind)
    done(api, key_id, "suspend")
    revoked(api, kind, key_id)
    key = shown(api, kind, key_id)
    assert (key["status"], key["suspended"]) == ("KEY_STATUS_REVOKED", False)
    assert key["revocation_reason"] == "REVOCATION_REASON_KEY_COMPROMISE"
    problem(act(api, key_id, "resume"), 409, "FAILED_PRECONDITION")
    api.reopen()
    problem(act(api, key_id, "resume"), 409, "FAILED_PRECONDITION")
    assert api.code(credential) == "REVOKED"


def test_its_holder_may_still_revoke_it(api):
    key_id, secret = api.issue()
    done(api, key_id, "suspend")
    answer = api.call("POST", "/v1/tokens:revoke", {"credential": secret}, key=None)
    assert answer.status_code == 200 and answer.json()["already_revoked"] is False
    assert not api.get(key_id)["suspended"]


def test_it_neither_derives_nor_rotates(api, problem):
    key_id, secret = api.issue()
    done(api, key_id, "suspend")
    body = {"credential": secret}
    problem(api.call("POST", "/v2alpha1/admin/apiKeys:derive", body), 403, "FORBIDDEN")
    error = problem(api.call("POST", f"{ISSUED}/{key_id}:rotate", {}), 409, "FAILED_PRECONDITION")
    assert "resume" in error["message"]


def test_a_token_that_was_asked_for_when_the_key_was_suspended_does_not_outlive_it(
    api, problem, monkeypatch
):
    key_id, secret = api.issue()
    node, get, asked = api.node, api.node.store.get, []

    async def overtaken(tenant, wanted):
        asked.append(wanted)
        if len(asked) == 2:  # judged by the first reading; the second is what a grant is made of
            await suspend(node, node.tenant, wanted, "test")
        return await get(tenant, wanted)

    monkeypatch.setattr(node.store, "get", overtaken)
    body = {"credential": secret, "algorithm": "TOKEN_ALGORITHM_MACAROON"}
    problem(api.call("POST", "/v2alpha1/admin/apiKeys:derive", body), 403, "FORBIDDEN")
    assert len(asked) > 2 and api.get(key_id)["suspended"]


def test_two_at_once_are_both_200_and_write_once(api):
    key_id, _ = api.issue()
    answers = api.together(*(api.send("POST", f"/v1/keys/{key_id}:suspend") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [200] * 5
    assert len(api.log()) == len(audited(api, "key.suspend")) == 1
