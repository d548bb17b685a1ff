"""POST /v2alpha1/admin/importedApiKeys/{key_id}:revoke, 204: done, and nothing to tell."""

from tests.server.routes.paths import IMPORTED, REVOKE
from tests.server.routes.revoke_imported_key.asking import COMPROMISE, revoke


def test_204_kills_the_key_and_all_below_it_at_once(api):
    key_id = api.import_key("raw")
    grant = api.derive("raw")
    assert revoke(api, key_id).status_code == 204
    assert api.code("raw") == api.code(grant) == api.code(api.narrow(grant)) == "REVOKED"
    shown = api.call("GET", f"{IMPORTED}/{key_id}").json()
    assert (shown["status"], shown["revocation_reason"]) == ("KEY_STATUS_REVOKED", COMPROMISE)
    api.reopen()
    assert api.code("raw") == api.code(grant) == "REVOKED"


def test_a_child_of_an_imported_key_cannot_kill_its_parent(api):
    api.import_key("raw")
    grant = api.derive("raw")
    answer = api.call("POST", REVOKE, {"credential": grant}, key=None)
    assert answer.json()["revoked"] == "grant"
    assert (api.code(grant), api.code("raw")) == ("REVOKED", "ok")


def test_the_actors_and_the_tenants_revocation_reach_it(api, clock, revoke_actor):
    api.import_key("raw", actor_id="ada")
    api.import_key("other", actor_id="bob")
    grant = api.derive("raw")
    revoke_actor(api, "ada")
    assert [api.code(each) for each in ("raw", grant, "other")] == ["REVOKED", "REVOKED", "ok"]
