"""Token exchange by RFC 8693 is derive, in the standard's words."""

import json

import jwt as pyjwt
import pytest

from tests.server.routes.oauthcalls import (
    ACCESS_TOKEN,
    EXCHANGE,
    JWT,
    TOKEN,
    basic,
    exchange,
    introspect,
    post,
)

TIMELESS = {f"verify_{name}": False for name in ("exp", "iat", "nbf")}


@pytest.fixture
def key(api):
    return api.issue(actor_id="ada", scopes=["a:*", "b"], ttl="30d")


def good(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def test_a_native_grant_is_given_for_a_key(api, key):
    told = good(exchange(api, key[1], requested_token_type=ACCESS_TOKEN, ttl="10m", scope="b"))
    token = told.pop("access_token")
    grant_id = told.pop("grant_id")
    assert told == {
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "b",
    }
    assert token.startswith("mz_mc_")
    seen = introspect(api, token)
    assert seen["scope"] == "b" and seen["exp"] == api.node.now() + 600
    assert seen["grant_id"] == grant_id and seen["key_id"] == key[0] and seen["sub"] == "ada"


@pytest.mark.parametrize("asked", [{}, {"requested_token_type": JWT}, {"requested_token_type": ""}])
def test_a_jwt_is_given_where_one_or_nothing_is_asked_for(api, key, asked):
    told = good(exchange(api, key[1], **asked))
    assert told["issued_token_type"] == JWT and told["expires_in"] == 3600
    assert told["scope"] == "a:* b"
    jwks = api.call("GET", "/.well-known/jwks.json", key=None).json()
    public = pyjwt.PyJWK(jwks["keys"][0])
    claims = pyjwt.decode(told["access_token"], public, algorithms=["EdDSA"], options=TIMELESS)
    assert claims["sub"] == key[0] and claims["act"] == "ada"


def test_audiences_may_repeat_and_are_those_of_the_token(api, key):
    told = good(exchange(api, key[1], audience=["one", "two", ""]))
    assert introspect(api, told["access_token"], audience="two")["aud"] == ["one", "two"]


def test_an_imported_key_is_exchanged_too(api):
    api.import_key("sk_live_old", scopes=["c"])
    told = good(exchange(api, "sk_live_old", requested_token_type=ACCESS_TOKEN))
    assert introspect(api, told["access_token"])["scope"] == "c"


def test_it_is_audited_as_derive_is_and_by_the_callers_key(api, key):
    admin = api.admin_key("marzipan:admin")
    base = {"grant_type": EXCHANGE, "subject_token": key[1], "subject_token_type": ACCESS_TOKEN}
    told = good(post(api, TOKEN, base, headers=basic(admin), key=None))
    [row, *_] = api.run(api.node.store.audit("default", limit=1))
    assert row.action == "grant.derive" and row.target == key[0].replace("-", "")
    assert json.loads(row.detail)["grant_id"] == told["grant_id"].replace("-", "")
    assert row.caller not in ("", "anonymous")


def test_what_was_exchanged_dies_with_its_key(api, key):
    token = good(exchange(api, key[1], requested_token_type=ACCESS_TOKEN))["access_token"]
    api.call("POST", "/v1/tokens:revoke", {"credential": key[1]}, key=None)
    assert introspect(api, token) == {"active": False}


def test_parameters_that_are_not_known_are_ignored_as_the_standard_says(api, key):
    good(exchange(api, key[1], client_id="app", nonce="1"))
