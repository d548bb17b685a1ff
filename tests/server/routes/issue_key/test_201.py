"""POST /v2alpha1/admin/issuedApiKeys, 201: what is made."""

import re

from tests.server.routes.paths import ISSUED


def test_issue_201_has_location_no_store_and_the_secret_that_verifies(api):
    answer = api.call("POST", ISSUED, {"name": "n", "actor_id": "a", "scopes": ["read"]})
    key, secret = answer.json()["issued_api_key"], answer.json()["secret"]
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{ISSUED}/{key['key_id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert secret.startswith("mz_ak_")
    told = api.verify(secret)
    assert (told["is_valid"], told["key_id"], told["actor_id"]) == (True, key["key_id"], "a")
    assert told["token_type"] == "key"


def test_issue_201_of_an_empty_body_has_the_documented_defaults(api):
    answer = api.call("POST", ISSUED, b"")
    assert answer.status_code == 201
    key = answer.json()["issued_api_key"]
    key_id = key.pop("key_id")
    assert key.pop("key_hint") == answer.json()["secret"][-4:]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key_id)
    assert key == {
        "name": "",
        "actor_id": "",
        "scopes": [],
        "status": "KEY_STATUS_ACTIVE",
        "visibility": "KEY_VISIBILITY_SECRET",
        "metadata": None,
        "ip_restriction": None,
        "rate_limit_policy": None,
        "create_time": "2027-01-15T08:00:00Z",
        "update_time": "2027-01-15T08:00:00Z",
        "expire_time": "2027-02-14T08:00:00Z",
        "last_used_time": None,
        "predecessor_key_id": None,
        "successor_key_id": None,
        "suspended": False,
        "hash_pending": False,
    }


def test_issue_201_keeps_every_field_in_either_spelling(api):
    body = {
        "name": "ключ",
        "actorId": "agent-7",
        "scopes": ["a:*", "b"],
        "ttl": "1h30m",
        "metadata": {"team": {"x": [1, 2.5, None]}},
        "rateLimitPolicy": {"quota": "100", "unit": "requests", "window": "60s"},
        "ip_restriction": {"allowedCidrs": ["10.1.2.3/8", "2001:db8::/32"]},
        "visibility": "KEY_VISIBILITY_PUBLIC",
        "unheard_of": True,
    }
    answer = api.call("POST", ISSUED, body)
    assert answer.status_code == 201
    key = answer.json()["issued_api_key"]
    assert key["name"] == "ключ" and key["actor_id"] == "agent-7"
    assert key["scopes"] == ["a:*", "b"]
    assert key["expire_time"] == "2027-01-15T09:30:00Z"
    assert key["metadata"] == {"team": {"x": [1, 2.5, None]}}
    assert key["rate_limit_policy"] == {"quota": "100", "window": "60s", "unit": "requests"}
    assert key["ip_restriction"] == {"allowed_cidrs": ["10.0.0.0/8", "2001:db8::/32"]}
    assert key["visibility"] == "KEY_VISIBILITY_PUBLIC"
    assert answer.json()["secret"].startswith("mz_pk_")
    assert api.get(key["key_id"]) == key


def test_issue_201_takes_the_configured_default_and_greatest_ttl(open_api, problem):
    api = open_api(default_ttl="10m", max_ttl="1h")
    key_id, _ = api.issue()
    assert api.get(key_id)["expire_time"] == "2027-01-15T08:10:00Z"
    key_id, _ = api.issue(ttl="3600s")
    assert api.get(key_id)["expire_time"] == "2027-01-15T09:00:00Z"
    error = problem(api.call("POST", ISSUED, {"ttl": "3601s"}), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == "ttl"
    assert "max_ttl of 1h" in error["message"]


def test_issue_201_replayed_request_id_gives_the_same_key_and_no_secret(api):
    first = api.call("POST", ISSUED, {"name": "one", "request_id": "r-1"})
    again = api.call("POST", ISSUED, {"name": "two", "request_id": "r-1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == {"issued_api_key": first.json()["issued_api_key"], "secret": ""}
    assert again.headers["location"] == first.headers["location"]
    assert api.keys() == 2  # the admin key and this one


def test_issue_201_concurrent_with_one_request_id_makes_one_key_and_shows_one_secret(api):
    sent = [api.send("POST", ISSUED, {"request_id": "r-2"}) for _ in range(10)]
    answers = api.together(*sent)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["issued_api_key"]["key_id"] for answer in answers}) == 1
    assert len([1 for answer in answers if answer.json()["secret"]]) == 1


def test_issue_201_after_its_actor_was_revoked_in_this_second_is_not_dead_on_arrival(
    api, revoke_actor
):
    _, old = api.issue(actor_id="bot")
    revoke_actor(api, "bot")
    assert api.code(old) == "REVOKED"
    _, new = api.issue(actor_id="bot")
    assert api.code(new) == "ok"
