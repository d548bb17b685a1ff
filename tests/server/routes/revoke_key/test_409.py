"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:revoke, 409: what stands against it."""

from tests.server.routes.paths import ISSUED
from tests.server.routes.revoke_key.asking import SUPERSEDED, revoke


def test_revoke_409_for_a_revoked_key_and_204_for_one_of_many_at_once(api, problem):
    key_id, _ = api.issue()
    sent = [api.send("POST", f"{ISSUED}/{key_id}:revoke", SUPERSEDED) for _ in range(6)]
    statuses = sorted(answer.status_code for answer in api.together(*sent))
    assert statuses == [204, 409, 409, 409, 409, 409]
    problem(revoke(api, key_id), 409, "CONFLICT")
    assert len(api.log()) == 1
