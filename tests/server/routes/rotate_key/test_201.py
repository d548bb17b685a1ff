"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:rotate, 201: what is made."""

from tests.server.routes.paths import ISSUED
from tests.server.routes.rotate_key.asking import rotate

FULL = {
    "name": "n",
    "actor_id": "me",
    "scopes": ["a"],
    "metadata": {"k": 1},
    "rate_limit_policy": {"quota": "5", "window": "60s"},
    "ip_restriction": {"allowed_cidrs": ["127.0.0.0/8"]},
    "ttl": "1h",
}


def test_rotate_201_inherits_all_and_links_both_ways(api, clock):
    old_id, _ = api.issue(**FULL)
    clock.forward(600)
    answer = rotate(api, old_id)
    assert answer.status_code == 201
    told = answer.json()
    new, old = told["issued_api_key"], told["old_issued_api_key"]
    assert answer.headers["location"] == f"{ISSUED}/{new['key_id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert new["key_id"] != old["key_id"] == old_id
    assert (new["predecessor_key_id"], new["successor_key_id"]) == (old_id, None)
    assert (old["predecessor_key_id"], old["successor_key_id"]) == (None, new["key_id"])
    assert old["status"] == "KEY_STATUS_REVOKED"
    assert old["revocation_reason"] == "REVOCATION_REASON_SUPERSEDED"
    same = ("name", "actor_id", "scopes", "metadata", "rate_limit_policy", "ip_restriction")
    assert {name: new[name] for name in same} == {name: old[name] for name in same}
    assert new["expire_time"] == old["expire_time"] == "2027-01-15T09:00:00Z"
    assert new["create_time"] == "2027-01-15T08:10:00Z"
    assert api.get(old_id) == old and api.get(new["key_id"]) == new


def test_rotate_201_without_grace_kills_the_old_key_and_all_below_at_the_next_verify(api):
    old_id, secret = api.issue(scopes=["a"])
    grant, narrowed = api.derive(secret), api.narrow(secret)
    below = api.narrow(grant)
    assert [api.code(each) for each in (secret, grant, narrowed, below)] == ["ok"] * 4
    new = rotate(api, old_id).json()["secret"]
    assert [api.code(each) for each in (secret, grant, narrowed, below)] == ["REVOKED"] * 4
    assert api.code(new) == "ok"
    assert [(entry.kind.name, entry.reason) for entry in api.log()] == [("KEY", "rotated")]
    api.reopen()
    assert [api.code(each) for each in (secret, grant, new)] == ["REVOKED", "REVOKED", "ok"]


def test_rotate_201_with_grace_lets_both_verify_until_the_second_it_ends_and_no_longer(api, clock):
    old_id, secret = api.issue(ttl="1h")
    grant = api.derive(secret, ttl="1800s")
    told = rotate(api, old_id, grace="60s").json()
    new, old = told["secret"], told["old_issued_api_key"]
    later = api.derive(secret)
    assert old["status"] == "KEY_STATUS_ACTIVE"
    assert old["expire_time"] == "2027-01-15T08:01:00Z"
    clock.forward(59.9)
    assert [api.code(each) for each in (secret, grant, later, new)] == ["ok"] * 4
    api.reopen()
    assert [api.code(each) for each in (secret, grant, later, new)] == ["ok"] * 4
    clock.forward(0.1)
    ended = [api.code(each) for each in (secret, grant, later, api.narrow(grant), new)]
    assert "ok" not in ended[:4] and ended[4] == "ok"
    assert api.get(old_id)["status"] == "KEY_STATUS_EXPIRED"
    api.reopen()
    assert [api.code(each) == "ok" for each in (secret, grant, later, new)] == [False] * 3 + [True]


def test_rotate_201_with_a_grace_beyond_the_keys_own_end_never_prolongs_it(api, clock):
    old_id, secret = api.issue(ttl="60s")
    told = rotate(api, old_id, grace="1h").json()
    assert told["old_issued_api_key"]["expire_time"] == "2027-01-15T08:01:00Z"
    clock.forward(60)
    assert "ok" not in (api.code(secret), api.code(told["secret"]))


def test_rotate_201_overrides_what_is_present_even_when_empty(api):
    old_id, _ = api.issue(**FULL)
    body = {"name": "", "scopes": [], "metadata": {}, "ip_restriction": {}}
    body |= {"rate_limit_policy": {}, "visibility": "KEY_VISIBILITY_PUBLIC"}
    told = rotate(api, old_id, **body).json()
    new = told["issued_api_key"]
    assert told["secret"].startswith("mz_pk_")
    assert (new["name"], new["scopes"], new["metadata"]) == ("", [], None)
    assert (new["ip_restriction"], new["rate_limit_policy"]) == (None, None)
    assert new["actor_id"] == "me" and new["visibility"] == "KEY_VISIBILITY_PUBLIC"
    assert api.code(told["secret"]) == "ok"


def test_rotate_201_of_the_successor_makes_a_chain(api):
    first, _ = api.issue()
    second = rotate(api, first).json()["issued_api_key"]["key_id"]
    third = rotate(api, second, grace="1h").json()["issued_api_key"]
    assert third["predecessor_key_id"] == second
    middle = api.get(second)
    assert (middle["predecessor_key_id"], middle["successor_key_id"]) == (first, third["key_id"])


def test_rotate_201_concurrently_has_one_winner_and_one_live_successor(api, problem):
    old_id, _ = api.issue()
    sent = [api.send("POST", f"{ISSUED}/{old_id}:rotate", {"grace": "1h"}) for _ in range(12)]
    answers = api.together(*sent)
    won = [answer for answer in answers if answer.status_code == 201]
    assert len(won) == 1
    for answer in answers:
        if answer is not won[0]:
            problem(answer, 409, "FAILED_PRECONDITION")
    assert api.keys() == 3 and len(api.log()) == 1
    successor = won[0].json()["issued_api_key"]["key_id"]
    assert api.get(old_id)["successor_key_id"] == successor


def test_rotate_201_of_a_key_issued_in_the_second_its_actor_was_revoked(api, revoke_actor):
    revoke_actor(api, "bot")
    key_id, secret = api.issue(actor_id="bot")
    assert api.code(secret) == "ok"
    answer = rotate(api, key_id)
    assert answer.status_code == 201, answer.text
    assert api.code(answer.json()["secret"]) == "ok"


def test_rotate_201_survives_an_update_of_the_old_key_in_its_grace(api, clock):
    old_id, secret = api.issue(scopes=["a"])
    rotate(api, old_id, grace="60s")
    api.call("PATCH", f"{ISSUED}/{old_id}", {"name": "x", "scopes": ["a", "b"]})
    assert api.get(old_id)["expire_time"] == "2027-01-15T08:01:00Z"
    clock.forward(60)
    assert api.code(secret) != "ok"
