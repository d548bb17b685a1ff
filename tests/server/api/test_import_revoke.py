"""Revoking imported keys: by an administrator, and by whoever holds the raw key."""

import pytest

IMPORTED = "/v2alpha1/admin/importedApiKeys"
SELF = "/v2alpha1/apiKeys:selfRevoke"
TOKENS = "/v1/tokens:revoke"
COMPROMISE = "REVOCATION_REASON_KEY_COMPROMISE"


def revoke(api, key_id, **body):
    return api.call("POST", f"{IMPORTED}/{key_id}:revoke", {"reason": COMPROMISE, **body})


def test_204_kills_the_key_and_all_below_it_at_once(api):
    key_id = api.import_key("raw")
    grant = api.derive("raw")
    assert revoke(api, key_id).status_code == 204
    assert api.code("raw") == api.code(grant) == api.code(api.narrow(grant)) == "REVOKED"
    shown = api.call("GET", f"{IMPORTED}/{key_id}").json()
    assert (shown["status"], shown["revocation_reason"]) == ("KEY_STATUS_REVOKED", COMPROMISE)
    api.reopen()
    assert api.code("raw") == api.code(grant) == "REVOKED"


def test_400_404_and_409_are_those_of_issued_keys(api, problem):
    key_id = api.import_key("raw")
    problem(revoke(api, key_id, description="why"), 400)
    problem(revoke(api, key_id, reason="REVOCATION_REASON_UNSPECIFIED"), 400)
    problem(revoke(api, "00000000-0000-4000-8000-000000000000"), 404, "API_KEY_NOT_FOUND")
    assert api.code("raw") == "ok"
    revoke(api, key_id)
    problem(revoke(api, key_id), 409, "CONFLICT")


@pytest.mark.parametrize("path", [SELF, TOKENS])
def test_200_for_whoever_holds_the_raw_key_and_again_is_200(api, path):
    key_id = api.import_key("raw")
    grant = api.derive("raw")
    body = {"credential": "raw"} | ({"reason": COMPROMISE} if path == SELF else {})
    for _ in range(2):
        answer = api.call("POST", path, body, key=None)
        assert answer.status_code == 200, answer.text
    if path == TOKENS:
        told = answer.json()
        assert (told["revoked"], told["revocation_id"]) == ("key", key_id.replace("-", ""))
        assert told["already_revoked"] is True
    assert api.code("raw") == api.code(grant) == "REVOKED"
    assert len(api.log()) == 1


@pytest.mark.parametrize("path", [SELF, TOKENS])
def test_404_for_a_stranger_and_a_deleted_key_403_for_a_public_one(api, problem, path):
    public = api.import_key("public", visibility="KEY_VISIBILITY_PUBLIC")
    problem(api.call("POST", path, {"credential": "public"}, key=None), 403, "FORBIDDEN")
    problem(api.call("POST", path, {"credential": "stranger"}, key=None), 404)
    api.call("DELETE", f"{IMPORTED}/{public}")
    problem(api.call("POST", path, {"credential": "public"}, key=None), 404)


def test_401_for_an_expired_key_that_revokes_itself(api, clock, problem):
    api.import_key("raw", ttl="1s")
    clock.forward(1)
    problem(api.call("POST", SELF, {"credential": "raw"}, key=None), 401, "API_KEY_EXPIRED")


def test_a_child_of_an_imported_key_cannot_kill_its_parent(api):
    api.import_key("raw")
    grant = api.derive("raw")
    answer = api.call("POST", TOKENS, {"credential": grant}, key=None)
    assert answer.json()["revoked"] == "grant"
    assert (api.code(grant), api.code("raw")) == ("REVOKED", "ok")


def test_the_actors_and_the_tenants_revocation_reach_it(api, clock, revoke_actor):
    api.import_key("raw", actor_id="ada")
    api.import_key("other", actor_id="bob")
    grant = api.derive("raw")
    revoke_actor(api, "ada")
    assert [api.code(each) for each in ("raw", grant, "other")] == ["REVOKED", "REVOKED", "ok"]
