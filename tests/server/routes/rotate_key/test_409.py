"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:rotate, 409: what stands against it."""

from tests.server.routes.paths import ISSUED
from tests.server.routes.rotate_key.asking import rotate


def test_rotate_409_for_a_revoked_an_expired_and_an_already_rotated_key(api, clock, problem):
    revoked, _ = api.issue()
    api.call("POST", f"{ISSUED}/{revoked}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"})
    expired, _ = api.issue(ttl="10s")
    in_grace, _ = api.issue()
    assert rotate(api, in_grace, grace="1h").status_code == 201
    clock.forward(10)
    keys, entries = api.keys(), api.log()
    for key_id in (revoked, expired, in_grace):
        problem(rotate(api, key_id), 409, "FAILED_PRECONDITION")
    assert api.keys() == keys and api.log() == entries


def test_rotate_409_of_a_key_in_its_grace_names_its_successor(api, problem):
    key_id, _ = api.issue()
    successor = rotate(api, key_id, grace="1h").json()["issued_api_key"]["key_id"]
    assert successor in problem(rotate(api, key_id), 409, "FAILED_PRECONDITION")["message"]


def test_rotate_409_for_a_key_whose_actor_was_revoked_so_that_nothing_outlives_it(
    api, problem, clock, revoke_actor
):
    key_id, _ = api.issue(actor_id="bot")
    clock.forward(5)
    revoke_actor(api, "bot")
    clock.forward(5)
    problem(rotate(api, key_id), 409, "FAILED_PRECONDITION")
    assert api.keys() == 2
