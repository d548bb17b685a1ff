"""POST /v2alpha1/admin/issuedApiKeys, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.paths import ISSUED


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
