"""Who may revoke how much by possession: no child ever uses up what its parent or sibling needs."""

import pytest

REVOKE = "/v1/tokens:revoke"


def kill(api, token):
    return api.call("POST", REVOKE, {"credential": token}, key=None)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr("server.possession.PER_PARENT_AND_DAY", 3)
    monkeypatch.setattr("server.possession.PER_DEPTH_AND_DAY", 5)


def flood(api, token, problem):
    """Revoke children of a token until it is refused."""
    for _ in range(3):
        assert kill(api, api.narrow(token)).status_code == 200
    problem(kill(api, api.narrow(token)), 429, "TOO_MANY_REQUESTS")


def test_a_child_that_revoked_all_it_may_keeps_neither_itself_nor_sibling_nor_parent_alive(
    api, problem
):
    _, secret = api.issue()
    grant = api.derive(secret)
    child, sibling = api.narrow(grant), api.narrow(grant)
    flood(api, child, problem)
    assert kill(api, api.narrow(sibling)).json()["revoked"] == "block"
    for token, kind in ((child, "block"), (sibling, "block"), (grant, "grant"), (secret, "key")):
        assert kill(api, token).json()["revoked"] == kind
        assert api.code(token) == "REVOKED"


def test_who_makes_parents_to_revoke_more_is_bounded_at_that_depth_alone(api, problem):
    _, secret = api.issue()
    child, sibling = api.narrow(secret), api.narrow(secret)
    mine = api.narrow(sibling)
    parents = [api.narrow(child) for _ in range(3)]
    refused = 0
    for parent in parents:
        refused += sum(kill(api, api.narrow(parent)).status_code == 429 for _ in range(3))
    assert refused == 4
    assert [kill(api, token).status_code for token in (mine, *parents, sibling)] == [200] * 5
    assert api.code(mine) == api.code(sibling) == "REVOKED"


def test_one_holders_share_of_a_depth_is_less_than_all_of_it(api, problem):
    _, secret = api.issue()
    one, other = api.narrow(secret), api.narrow(secret)
    flood(api, one, problem)
    assert kill(api, api.narrow(other)).status_code == 200


def test_keys_and_grants_are_not_counted(api):
    _, secret = api.issue()
    grants = [api.derive(secret) for _ in range(7)]
    assert {kill(api, grant).status_code for grant in grants} == {200}
    assert kill(api, secret).status_code == 200


def test_what_is_revoked_already_costs_nothing(api):
    _, secret = api.issue()
    token = api.narrow(secret)
    assert {kill(api, token).status_code for _ in range(9)} == {200}
    assert kill(api, api.narrow(secret)).status_code == 200


def test_the_next_day_begins_anew(api, clock, problem):
    _, secret = api.issue()
    flood(api, secret, problem)
    clock.forward(86_400)
    assert kill(api, api.narrow(secret)).status_code == 200


def test_a_public_key_that_everybody_holds_writes_nothing_into_the_log(api, problem):
    _, public = api.issue(visibility="KEY_VISIBILITY_PUBLIC")
    for token in (public, api.narrow(public), api.narrow(api.narrow(public))):
        problem(kill(api, token), 403, "FORBIDDEN")
        assert api.code(token) == "ok"
    assert api.log() == []
    grant = api.derive(public)
    assert kill(api, api.narrow(grant)).json()["revoked"] == "block"
    assert kill(api, grant).json()["revoked"] == "grant"
