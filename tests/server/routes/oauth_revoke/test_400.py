"""Revocation by RFC 7009: forms that are none, and tokens that everybody has."""

import pytest

from tests.server.routes.oauthcalls import REVOKE, post, refused


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({}, "token is required"),
        ([("token", "x"), ("token", "y")], "token must be given only once"),
        ({"token": "x", "client_secret": "s"}, "client_secret"),
    ],
)
def test_the_parameter_and_the_rule_are_named(api, fields, named):
    answer = post(api, REVOKE, fields, key=None)
    assert refused(answer, 400, "invalid_request").startswith(named)


def test_json_is_refused(api):
    secret = api.issue()[1]
    answer = api.call("POST", REVOKE, {"token": secret}, key=None)
    refused(answer, 400, "invalid_request")
    assert api.code(secret) == "ok"


def test_a_publishable_key_and_what_was_narrowed_from_it_are_no_proof_of_possession(api):
    _, public = api.issue(visibility="KEY_VISIBILITY_PUBLIC")
    for token in (public, api.narrow(public)):
        refused(post(api, REVOKE, {"token": token}, key=None), 400, "unsupported_token_type")
        assert api.code(token) == "ok"
