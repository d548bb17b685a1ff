"""Issuing a key."""

import re

import pytest

ISSUED = "/v2alpha1/admin/issuedApiKeys"


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
    assert "3600s" in error["message"]


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


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "x" * 256}, "name"),
        ({"name": "é" * 256}, "name"),
        ({"actor_id": "é" * 129}, "actor_id"),
        ({"name": "a\0b"}, "name"),
        ({"name": 5}, "name"),
        ({"actor_id": "x" * 256}, "actor_id"),
        ({"scopes": [""]}, "scopes[0]"),
        ({"scopes": ["a", "a*"]}, "scopes[1]"),
        ({"scopes": ["marzipan:admin"]}, "scopes[0]"),
        ({"scopes": ["marzipan:*"]}, "scopes[0]"),
        ({"scopes": ["marzipan"]}, "scopes[0]"),
        ({"scopes": "read"}, "scopes"),
        ({"scopes": ["s"] * 257}, "scopes"),
        ({"ttl": "0s"}, "ttl"),
        ({"ttl": "-1s"}, "ttl"),
        ({"ttl": "soon"}, "ttl"),
        ({"ttl": 60}, "ttl"),
        ({"ttl": "366d"}, "ttl"),
        ({"ttl": "11y"}, "ttl"),
        ({"metadata": []}, "metadata"),
        ({"metadata": {"a": "x" * 65_536}}, "metadata"),
        ({"metadata": {"a": 2**64}}, "metadata"),
        ({"rate_limit_policy": {"quota": -1}}, "rate_limit_policy.quota"),
        ({"rate_limit_policy": {"quota": "1e3"}}, "rate_limit_policy.quota"),
        ({"rate_limit_policy": {"unit": "tokens"}}, "rate_limit_policy.unit"),
        ({"rate_limit_policy": {"window": "1h"}}, "rate_limit_policy.window"),
        ({"rate_limit_policy": {"quota": 5}}, "rate_limit_policy.window"),
        ({"rate_limit_policy": {"window": "60s"}}, "rate_limit_policy.quota"),
        ({"rate_limit_policy": {"quota": "0", "window": "60s"}}, "rate_limit_policy.quota"),
        ({"rate_limit_policy": {"unit": "requests"}}, "rate_limit_policy.window"),
        ({"rateLimitPolicy": {"quota": 5, "windw": "60s"}}, "rate_limit_policy"),
        ({"ip_restriction": {"foo": []}}, "ip_restriction"),
        ({"ipRestriction": {"allowed_cidr": ["10.0.0.0/8"]}}, "ip_restriction"),
        ({"ip_restriction": {"allowed_cidrs": ["10.0.0.1"]}}, "ip_restriction.allowed_cidrs[0]"),
        ({"visibility": "KEY_VISIBILITY_SOMETIMES"}, "visibility"),
        ({"visibility": 2}, "visibility"),
        ({"request_id": "x" * 37}, "request_id"),
        ({"name": "a", "actorId": "x", "actor_id": "y"}, "actor_id"),
        ([], "body"),
        (b"{", "body"),
    ],
)
def test_issue_400_names_the_field_and_the_rule_and_makes_nothing(api, problem, body, field):
    error = problem(api.call("POST", ISSUED, body), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == field
    assert error["message"].startswith(field + " ")
    assert api.keys() == 1


def test_issue_400_says_which_field_is_unknown_and_which_there_are(api, problem):
    for restriction, told in (("foo", "`foo`"), ("x" * 99, "not known here;")):
        body = {"ip_restriction": {restriction: ["10.0.0.0/8"]}}
        message = problem(api.call("POST", ISSUED, body), 400)["message"]
        assert told in message and message.endswith("it has allowed_cidrs")
        assert "x" * 99 not in message


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ({"name": 5}, "must be a text"),
        ({"ttl": 60}, "must be a text or null"),
        ({"scopes": "a"}, "must be a list"),
        ({"metadata": []}, "must be an object or null"),
        (
            {"visibility": "x"},
            "must be one of KEY_VISIBILITY_UNSPECIFIED, KEY_VISIBILITY_SECRET, "
            "KEY_VISIBILITY_PUBLIC",
        ),
    ],
)
def test_issue_400_tells_the_rule_in_plain_words(api, problem, body, rule):
    assert problem(api.call("POST", ISSUED, body), 400)["metadata"]["rule"] == rule


def test_issue_201_after_its_actor_was_revoked_in_this_second_is_not_dead_on_arrival(
    api, revoke_actor
):
    _, old = api.issue(actor_id="bot")
    revoke_actor(api, "bot")
    assert api.code(old) == "REVOKED"
    _, new = api.issue(actor_id="bot")
    assert api.code(new) == "ok"
