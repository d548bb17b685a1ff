"""Token exchange by RFC 8693: what it refuses, each by the standard's code."""

import pytest

from engine import seal
from tests.server.routes.oauthcalls import (
    ACCESS_TOKEN,
    EXCHANGE,
    JWT,
    TOKEN,
    exchange,
    post,
    refused,
)

BASE = {"grant_type": EXCHANGE, "subject_token": "x", "subject_token_type": ACCESS_TOKEN}


@pytest.mark.parametrize(
    ("fields", "error", "named"),
    [
        ({"grant_type": ""}, "invalid_request", "grant_type is required"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type", "grant_type"),
        ({"subject_token": ""}, "invalid_request", "subject_token is required"),
        ({"subject_token": "x" * 8193}, "invalid_request", "subject_token must be at most"),
        ({"subject_token_type": ""}, "invalid_request", "subject_token_type"),
        ({"subject_token_type": JWT}, "invalid_request", "subject_token_type"),
        ({"requested_token_type": JWT + "x"}, "invalid_request", "requested_token_type"),
        ({"actor_token": "x"}, "invalid_request", "actor_token"),
        ({"actor_token_type": JWT}, "invalid_request", "actor_token"),
        ({"resource": "https://api.example"}, "invalid_target", "resource"),
        ({"audience": ["a"] * 62}, "invalid_request", "form must have at most 64 parameters"),
        ({"audience": "a" * 257}, "invalid_target", "audience"),
        ({"scope": "a" * 257}, "invalid_scope", "scope"),
        ({"ttl": "soon"}, "invalid_request", "ttl"),
        ({"scope": ["a", "a"]}, "invalid_request", "scope must be given only once"),
        ({"client_secret": "s"}, "invalid_request", "client_secret"),
    ],
)
def test_the_parameter_and_the_rule_are_named(api, fields, error, named):
    assert refused(post(api, TOKEN, BASE | fields), 400, error).startswith(named)


def test_only_a_live_bare_key_is_exchanged(api, clock, forge):
    _, secret = api.issue(ttl="2h")
    _, revoked = api.issue()
    api.call("POST", "/v1/tokens:revoke", {"credential": revoked}, key=None)
    _, elsewhere = api.issue(ip_restriction={"allowed_cidrs": ["192.0.2.0/24"]})
    subjects = [
        *("x", forge.tail(secret), forge.foreign(), api.admin, revoked, elsewhere),
        *(api.narrow(secret), seal(secret), api.derive(secret)),
        api.derive(secret, algorithm="TOKEN_ALGORITHM_JWT"),
    ]
    for subject in subjects:
        refused(exchange(api, subject), 400, "invalid_request")
    clock.forward(7200)
    refused(exchange(api, secret), 400, "invalid_request")


def test_scopes_are_a_subset_of_the_keys_word_for_word(api):
    _, secret = api.issue(scopes=["a:*"])
    refused(exchange(api, secret, scope="a:b"), 400, "invalid_scope")
    refused(exchange(api, secret, scope="a:* c"), 400, "invalid_scope")
    assert exchange(api, secret, scope="a:*").status_code == 200


def test_a_life_longer_than_the_keys_is_refused_not_cut(api):
    _, secret = api.issue(ttl="10m")
    assert refused(exchange(api, secret, ttl="11m"), 400, "invalid_request").startswith("ttl")
    refused(exchange(api, secret, ttl="9y"), 400, "invalid_request")
    assert exchange(api, secret).json()["expires_in"] == 600
