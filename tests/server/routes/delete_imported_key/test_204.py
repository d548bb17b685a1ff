"""DELETE /v2alpha1/admin/importedApiKeys/{key_id}, 204: done, and nothing to tell."""

from engine import Kind
from tests.server.routes.delete_imported_key.asking import delete
from tests.server.routes.paths import IMPORTED


def test_204_and_the_key_is_not_found_any_more_by_anyone(api, problem):
    key_id = api.import_key("raw")
    assert api.code("raw") == "ok"
    answer = delete(api, key_id)
    assert (answer.status_code, answer.content) == (204, b"")
    assert api.code("raw") == "NOT_FOUND"
    problem(api.call("GET", f"{IMPORTED}/{key_id}"), 404, "API_KEY_NOT_FOUND")
    problem(delete(api, key_id), 404, "API_KEY_NOT_FOUND")
    assert api.call("GET", IMPORTED).json()["imported_api_keys"] == []


def test_204_kills_what_was_derived_for_as_long_as_it_could_live(api, clock):
    key_id = api.import_key("raw", ttl="365d")
    grant = api.derive("raw", ttl="300d")
    narrowed, jwt = api.narrow(grant), api.derive("raw", algorithm="TOKEN_ALGORITHM_JWT")
    delete(api, key_id)
    api.reopen()
    for token in (grant, narrowed, jwt):
        assert api.code(token) == "REVOKED"
    clock.forward(299 * 86_400)
    api.run(api.node.prune())
    api.reopen()
    assert api.code(grant) == "REVOKED"
    (entry,) = api.log()
    assert (entry.kind, entry.target.hex()) == (Kind.KEY, key_id.replace("-", ""))


def test_204_for_a_key_that_was_revoked_before(api, problem):
    key_id = api.import_key("raw")
    grant = api.derive("raw")
    api.call("POST", f"{IMPORTED}/{key_id}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"})
    assert api.code("raw") == "REVOKED"
    assert delete(api, key_id).status_code == 204
    assert (api.code("raw"), api.code(grant)) == ("NOT_FOUND", "REVOKED")
    assert len(api.log()) == 1


def test_a_deleted_raw_key_may_be_imported_again_and_the_old_tokens_stay_dead(api):
    old = api.import_key("raw")
    grant = api.derive("raw")
    delete(api, old)
    new = api.import_key("raw")
    assert new != old and api.verify("raw")["key_id"] == new
    assert (api.code("raw"), api.code(grant)) == ("ok", "REVOKED")


def test_the_deletion_is_audited_and_the_last_use_goes_too(api):
    key_id = bytes.fromhex(api.import_key("raw").replace("-", ""))
    api.verify("raw")
    api.run(api.node.flush_uses())
    delete(api, "-".join((key_id.hex()[:8], *(key_id.hex()[i : i + 4] for i in (8, 12, 16)),
                          key_id.hex()[20:])))  # fmt: skip
    rows = api.run(api.node.store.audit("default", limit=1))
    assert (rows[0].action, rows[0].target) == ("key.delete", key_id.hex())
    assert rows[0].caller == api.initialised.admin_key_id.hex()
    assert api.run(api.node.store.last_used("default", [key_id])) == {}


def test_deleting_at_once_is_done_once(api):
    key_id = api.import_key("raw")
    answers = api.together(*(api.send("DELETE", f"{IMPORTED}/{key_id}") for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [204] + [404] * 5
