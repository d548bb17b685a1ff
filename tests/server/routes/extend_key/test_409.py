"""What is dead stays as it is."""

import pytest

from tests.server.routes.lifecycle import KINDS, act, made, revoked, written


@pytest.mark.parametrize("kind", KINDS)
def test_a_revoked_key_is_left_as_it_is(api, problem, kind):
    key_id, credential = made(api, kind)
    revoked(api, kind, key_id)
    before = written(api)
    problem(act(api, key_id, "extend", {"ttl": "60d"}), 409, "FAILED_PRECONDITION")
    assert written(api) == before and api.code(credential) == "REVOKED"


@pytest.mark.parametrize("kind", KINDS)
def test_an_expired_key_is_left_as_it_is_from_the_second_of_expiry(api, clock, problem, kind):
    key_id, credential = made(api, kind, ttl="60s")
    clock.forward(60)
    before = written(api)
    problem(act(api, key_id, "extend", {"ttl": "60d"}), 409, "FAILED_PRECONDITION")
    assert written(api) == before and api.code(credential) == "EXPIRED"


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_that_its_actors_revocation_killed_is_dead_though_its_row_was_not_marked(
    api, problem, revoke_actor, kind
):
    key_id, credential = made(api, kind, actor_id="ada")
    revoke_actor(api, "ada")
    problem(act(api, key_id, "extend", {"ttl": "60d"}), 409, "FAILED_PRECONDITION")
    assert api.code(credential) == "REVOKED"


@pytest.mark.parametrize("grace", ["0s", "1h"])
def test_a_key_that_was_rotated_ends_with_its_grace(api, clock, problem, grace):
    key_id, secret = api.issue()
    path = f"/v2alpha1/admin/issuedApiKeys/{key_id}:rotate"
    successor = api.call("POST", path, {"grace": grace}).json()["issued_api_key"]["key_id"]
    before = written(api)
    problem(act(api, key_id, "extend", {"ttl": "60d"}), 409, "FAILED_PRECONDITION")
    assert written(api) == before
    clock.forward(3600)
    assert api.code(secret) != "ok"
    assert act(api, successor, "extend", {"ttl": "60d"}).status_code == 200
