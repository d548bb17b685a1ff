"""POST /v2alpha1/admin/apiKeys:derive, 403: a credential that may not."""

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


def test_403_without_the_scope_marzipan_admin_and_nothing_is_derived(refuses, subject):
    refuses.powerless("marzipan:admin", "POST", DERIVE, {"credential": subject.credential})
