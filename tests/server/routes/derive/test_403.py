"""POST /v2alpha1/admin/apiKeys:derive, 403: a credential that may not."""

from engine.caveats import Scopes
from tests.server.routes.derive.asking import derive
from tests.server.routes.paths import DERIVE, ISSUED


def test_derive_403_for_scopes_that_are_not_the_keys_own_word_for_word(api, problem):
    _, secret = api.issue(scopes=["a:*", "b"])
    for scopes in (["a:x"], ["b", "c"], ["*"], ["A:*"], ["marzipan:admin"]):
        problem(derive(api, secret, scopes=scopes), 403, "FORBIDDEN")
    assert derive(api, secret, scopes=["b"]).json()["token"]["scopes"] == ["b"]
    assert derive(api, secret, scopes=[]).json()["token"]["scopes"] == ["a:*", "b"]


def test_derive_403_for_a_revoked_key(api, problem):
    key_id, secret = api.issue()
    api.call("POST", f"{ISSUED}/{key_id}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"})
    assert problem(derive(api, secret), 403, "FORBIDDEN")["message"] == "key is revoked"


def test_derive_403_says_of_a_suspended_key_that_it_is_to_be_resumed(api, problem):
    key_id, secret = api.issue(actor_id="somebody")
    assert api.call("POST", f"/v1/keys/{key_id}:suspend").status_code == 200
    told = problem(derive(api, secret), 403, "FORBIDDEN")["message"]
    assert told == "The key is suspended: resume it first."
    reason = {"reason": "REVOCATION_REASON_SUPERSEDED"}
    assert api.call("POST", "/v1/actors/somebody:revoke", reason).status_code == 200
    assert problem(derive(api, secret), 403, "FORBIDDEN")["message"] == "key is revoked"


def test_derive_403_for_a_scope_within_a_keys_wildcard_says_the_way_out(api, problem):
    _, secret = api.issue(scopes=["p:*"])

    def told(scope, algorithm):
        answer = derive(api, secret, scopes=[scope], algorithm=f"TOKEN_ALGORITHM_{algorithm}")
        return problem(answer, 403, "FORBIDDEN")["message"]

    assert "`marzipan token attenuate --scope`" in told("p:x", "MACAROON")
    assert "a JWT can't be narrowed" in told("p:x", "JWT")
    assert (
        told("q", "MACAROON")
        == told("q", "JWT")
        == ("scopes must be a subset of the API key's, word for word")
    )
    wide = derive(api, secret, scopes=["p:*"], algorithm="TOKEN_ALGORITHM_MACAROON")
    narrow = api.narrow(wide.json()["token"]["token"], Scopes(["p:x"]))
    assert api.code(narrow, context={"scopes": ["p:x"]}) == "ok"
    assert api.code(narrow, context={"scopes": ["p:y"]}) != "ok"


def test_403_without_the_scope_marzipan_admin_and_nothing_is_derived(refuses, subject):
    refuses.powerless("marzipan:admin", "POST", DERIVE, {"credential": subject.credential})
