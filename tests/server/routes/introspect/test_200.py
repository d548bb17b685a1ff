"""Introspection: what a good token is told to be, and that nothing is told of any other."""

import pytest

from engine import seal
from engine.caveats import (
    Amount,
    Audience,
    Budget,
    Custom,
    Delegate,
    Http,
    MaxDepth,
    Network,
    Resource,
    Scopes,
    Tools,
    Window,
)
from engine.networks import cidr
from tests.server.routes.oauthcalls import INTROSPECT, basic, introspect, post

TEN = cidr("10.0.0.0/8")


@pytest.fixture
def key(api):
    return api.issue(actor_id="ada", scopes=["a:*", "b"], ttl="1h", metadata={"plan": "gold"})


def test_a_key_is_told_with_standard_members_and_ours(api, clock, key):
    key_id, secret = key
    issued = api.node.now()
    clock.forward(10)
    assert introspect(api, secret) == {
        "active": True,
        "scope": "a:* b",
        "client_id": key_id,
        "sub": "ada",
        "username": "ada",
        "token_type": "Bearer",
        "exp": issued + 3600,
        "iat": issued,
        "iss": api.settings.issuer,
        "jti": key_id,
        "key_id": key_id,
        "actor_id": "ada",
        "visibility": "KEY_VISIBILITY_SECRET",
        "metadata": {"plan": "gold"},
    }


def test_a_key_without_an_actor_is_its_own_subject(api):
    key_id, secret = api.issue()
    told = introspect(api, secret)
    assert told["sub"] == key_id and "username" not in told and "actor_id" not in told


@pytest.mark.parametrize("algorithm", ["TOKEN_ALGORITHM_MACAROON", "TOKEN_ALGORITHM_JWT"])
def test_a_derived_token_has_its_own_times_and_id(api, clock, key, algorithm):
    key_id, secret = key
    clock.forward(100)
    token = api.derive(
        secret,
        algorithm=algorithm,
        ttl="5m",
        scopes=["b"],
        audiences=["https://api.example", "other"],
        custom_claims={"role": "x"},
    )
    told = introspect(api, token, audience="https://api.example")
    assert told["iat"] == api.node.now() and told["exp"] == api.node.now() + 300
    assert told["aud"] == ["https://api.example", "other"]
    assert told["scope"] == "b" and told["client_id"] == key_id and told["sub"] == "ada"
    assert told["jti"] == told["grant_id"] != key_id
    assert told["metadata"] == {"plan": "gold"} and told["custom_claims"] == {"role": "x"}


def test_an_imported_and_a_publishable_key_and_a_sealed_token_are_told(api, key):
    imported = api.import_key("sk_live_old", scopes=["c"])
    told = introspect(api, "sk_live_old")
    assert told["key_id"] == imported and told["scope"] == "c" and told["sub"] == "owner"
    _, public = api.issue(visibility="KEY_VISIBILITY_PUBLIC")
    assert introspect(api, public)["visibility"] == "KEY_VISIBILITY_PUBLIC"
    assert introspect(api, seal(key[1]))["active"] is True


def test_a_narrowed_token_is_told_as_narrow_as_it_is(api, key):
    now = api.node.now()
    narrowed = api.narrow(key[1], Scopes(["a:read"]), Window(0, now + 60), MaxDepth(3))
    told = introspect(api, narrowed)
    assert told["scope"] == "a:read" and told["exp"] == now + 60
    revoked = api.call("POST", "/v1/tokens:revoke", {"credential": narrowed}, key=None).json()
    assert told["jti"] == revoked["revocation_id"]


def test_delegates_are_told_as_nested_actors_the_last_one_outermost(api, key):
    token = api.narrow(api.narrow(key[1], Delegate("planner")), Delegate("worker"))
    told = introspect(api, token)
    assert told["act"] == {"sub": "worker", "act": {"sub": "planner"}}
    assert told["delegates"] == ["planner", "worker"] and told["sub"] == "ada"
    assert "act" not in introspect(api, key[1])


def test_a_scope_that_would_read_as_two_others_is_left_out(api):
    _, secret = api.issue(scopes=["read write", "plain", 'quo"te', "caf\u00e9"])
    assert introspect(api, secret)["scope"] == "plain"


FACTS = [
    (Amount("USD", 9), {"amount_currency": "USD", "amount_minor": "9"}, {"amount_minor": "10"}),
    (Tools(["pay"]), {"tool": "pay"}, {"tool": "refund"}),
    (Http(["GET"], ["/a/*"]), {"method": "get", "path": "/a/b"}, {"path": "/b"}),
    (Resource(["doc/*"]), {"resource": "doc/1"}, {"resource": "img/1"}),
    (Network([TEN]), {"client_ip": "10.1.2.3"}, {"client_ip": "192.0.2.1"}),
    (Audience(["me"]), {"audience": "me"}, {"audience": "you"}),
]  # fmt: skip


@pytest.mark.parametrize(("caveat", "facts", "wrong"), FACTS)
def test_a_token_narrowed_by_a_fact_is_active_only_where_the_fact_is_given_and_fits(
    api, key, caveat, facts, wrong
):
    token = api.narrow(key[1], caveat)
    assert introspect(api, token) == {"active": False}
    assert introspect(api, token, **facts)["active"] is True
    assert introspect(api, token, **{**facts, **wrong}) == {"active": False}


def test_the_address_of_the_resource_server_is_not_taken_for_the_clients(api):
    _, secret = api.issue(ip_restriction={"allowed_cidrs": ["127.0.0.0/8"]})
    assert introspect(api, secret) == {"active": False}
    assert introspect(api, secret, client_ip="127.0.0.9")["active"] is True


def test_required_scopes_are_required(api, key):
    assert introspect(api, key[1], scope="a:x b")["active"] is True
    assert introspect(api, key[1], scope="a:x c") == {"active": False}


def test_one_of_several_audiences_suffices_and_a_key_that_names_none_fails(api, key):
    token = api.derive(key[1], audiences=["two"])
    assert introspect(api, token, audience=["one", "two"])["active"] is True
    assert introspect(api, token) == introspect(api, key[1], audience="one") == {"active": False}


def test_a_token_with_a_budget_is_never_active_and_nothing_of_it_is_spent(api, key):
    token = api.narrow(key[1], Budget("calls", 1, 60))
    assert [introspect(api, token) for _ in range(3)] == [{"active": False}] * 3
    assert api.code(token) == "ok" and api.code(token) == "RATE_LIMITED"


def test_whatever_is_not_good_is_one_answer_to_the_byte(api, clock, key, forge, revoke_actor):
    _, secret = key
    _, revoked = api.issue()
    api.call("POST", "/v1/tokens:revoke", {"credential": revoked}, key=None)
    _, orphan = api.issue(actor_id="gone")
    revoke_actor(api, "gone")
    _, short = api.issue(ttl="1s")
    jwt = api.derive(secret, algorithm="TOKEN_ALGORITHM_JWT")
    clock.forward(1)
    bad = [
        *("x", "mz_ak_x", "a b", "\u20ac", "y" * 9000, secret[:-1], revoked, orphan, short),
        *(forge.tail(secret), forge.unknown(api), forge.foreign(), api.admin, jwt[:-4] + "AAAA"),
        *(api.narrow(secret, Tools(["t"])), api.narrow(secret, Custom("c", b""))),
        api.narrow(secret, Window(0, 1)),
    ]
    answers = [post(api, INTROSPECT, {"token": token}) for token in bad]
    assert {answer.content for answer in answers} == {b'{"active":false}'}
    varying = ("x-request-id",)
    heads = {tuple((k, v) for k, v in a.headers.items() if k not in varying) for a in answers}
    assert len(heads) == 1 and answers[0].status_code == 200
    assert answers[0].headers["cache-control"] == "no-store"


def test_any_hint_of_the_type_is_taken_and_ignored(api, key):
    for hint in ("access_token", "refresh_token", "", "nonsense"):
        assert introspect(api, key[1], token_type_hint=hint, client_id="rs")["active"] is True


def test_the_admin_key_may_be_the_password_of_any_client(api, key):
    verifier = api.admin_key("marzipan:verify")
    for client in ("rs", "", "a:b%", "caf\u00e9"):
        headers = basic(verifier, client)
        answer = post(api, INTROSPECT, {"token": key[1]}, headers=headers, key=None)
        assert answer.json()["active"] is True
    raw = basic(verifier, encode=str)
    every = basic(verifier, encode=lambda text: "".join(f"%{byte:02X}" for byte in text.encode()))
    for headers in (raw, every):
        answer = post(api, INTROSPECT, {"token": key[1]}, headers=headers, key=None)
        assert answer.json()["active"] is True


def test_an_active_answer_counts_as_a_use_of_the_key(api, key):
    introspect(api, key[1])
    api.run(api.node.flush_uses())
    assert api.get(key[0])["last_used_time"] is not None
