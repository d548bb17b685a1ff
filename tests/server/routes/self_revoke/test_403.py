"""POST /v2alpha1/apiKeys:selfRevoke, 403: a credential that may not."""

from tests.server.routes.revoke_key.asking import revoke
from tests.server.routes.self_revoke.asking import self_revoke


def test_self_revoke_403_for_a_public_key_until_an_administrator_revoked_it(api, problem):
    key_id, public = api.issue(visibility="KEY_VISIBILITY_PUBLIC")
    problem(self_revoke(api, public), 403, "FORBIDDEN")
    assert api.code(public) == "ok"
    assert revoke(api, key_id).status_code == 204
    assert self_revoke(api, public).status_code == 200


def test_401_for_an_expired_key_403_for_a_public_one_404_for_a_stranger(api, clock, problem, forge):
    _, public = api.issue(visibility="KEY_VISIBILITY_PUBLIC")
    problem(self_revoke(api, public), 403, "FORBIDDEN")
    for stranger in (forge.unknown(api), forge.foreign(), forge.tail(public), "x" * 100):
        problem(self_revoke(api, stranger), 404)
    _, short = api.issue(ttl="1s")
    clock.forward(1)
    problem(self_revoke(api, short), 401, "API_KEY_EXPIRED")
