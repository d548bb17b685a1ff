"""Deriving a short-lived grant from a key."""

import json

import pytest

from engine import seal
from engine.caveats import MaxDepth

DERIVE = "/v2alpha1/admin/apiKeys:derive"
ISSUED = "/v2alpha1/admin/issuedApiKeys"
MACAROON = {"algorithm": "TOKEN_ALGORITHM_MACAROON"}


def derive(api, credential, **fields):
    return api.call("POST", DERIVE, {"credential": credential, **MACAROON, **fields})


def test_derive_200_inherits_and_tells_what_the_grant_says(api):
    key_id, secret = api.issue(actor_id="me", scopes=["a", "b"], metadata={"k": 1, "x": 0})
    answer = derive(api, secret, custom_claims={"x": 1})
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    assert token["token"].startswith("mz_mc_")
    assert token["expire_time"] == "2027-01-15T09:00:00Z"
    assert token["scopes"] == ["a", "b"] and token["audiences"] == []
    assert token["claims"] == {"k": 1, "x": 1}
    told = api.verify(token["token"])
    assert (told["key_id"], told["grant_id"]) == (key_id, token["grant_id"])
    assert told["actor_id"] == "me"


def test_derive_200_writes_one_audit_row_without_the_token(api):
    key_id, secret = api.issue()
    caller = api.initialised.admin_key_id.hex()
    token = derive(api, secret).json()["token"]
    row = api.run(api.node.store.audit("default", limit=1))[0]
    assert (row.action, row.caller, row.target) == (
        "grant.derive",
        caller,
        key_id.replace("-", ""),
    )
    assert json.loads(row.detail) == {
        "grant_id": token["grant_id"].replace("-", ""),
        "epoch": 0,
        "generation": 0,
        "expires_at": 1_800_003_600,
    }
    assert api.run(api.node.store.verify_audit()) is None


@pytest.mark.parametrize("how", ["narrowed", "sealed", "narrowed and sealed", "grant", "below"])
def test_derive_400_for_all_but_a_bare_key_so_that_no_caveat_is_washed_off(api, problem, how):
    _, secret = api.issue()
    token = {
        "narrowed": lambda: api.narrow(secret, MaxDepth(3)),
        "sealed": lambda: seal(secret),
        "narrowed and sealed": lambda: seal(api.narrow(secret)),
        "grant": lambda: api.derive(secret),
        "below": lambda: api.narrow(api.derive(secret)),
    }[how]()
    audit = len(api.run(api.node.store.audit("default", limit=100)))
    problem(derive(api, token), 400, "INVALID_TOKEN_TYPE")
    assert len(api.run(api.node.store.audit("default", limit=100))) == audit


def test_derive_403_for_scopes_that_are_not_the_keys_own_word_for_word(api, problem):
    _, secret = api.issue(scopes=["a:*", "b"])
    for scopes in (["a:x"], ["b", "c"], ["*"], ["A:*"], ["marzipan:admin"]):
        problem(derive(api, secret, scopes=scopes), 403, "FORBIDDEN")
    assert derive(api, secret, scopes=["b"]).json()["token"]["scopes"] == ["b"]
    assert derive(api, secret, scopes=[]).json()["token"]["scopes"] == ["a:*", "b"]


def test_derive_200_ttl_is_the_default_cut_to_the_keys_life_and_400_for_a_longer_one(
    open_api, clock, problem
):
    api = open_api(derived_default_ttl="30m", max_ttl="2h", default_ttl="1h")
    _, secret = api.issue(ttl="1h")
    assert derive(api, secret).json()["token"]["expire_time"] == "2027-01-15T08:30:00Z"
    assert derive(api, secret, ttl="1h").json()["token"]["expire_time"] == "2027-01-15T09:00:00Z"
    for ttl in ("3601s", "2h1s", "0s", "x"):
        assert problem(derive(api, secret, ttl=ttl), 400)["metadata"]["field"] == "ttl"
    clock.forward(3599)
    assert derive(api, secret).json()["token"]["expire_time"] == "2027-01-15T09:00:00Z"
    clock.forward(1)
    problem(derive(api, secret), 409, "FAILED_PRECONDITION")


def test_derive_403_for_a_revoked_key(api, problem):
    key_id, secret = api.issue()
    api.call("POST", f"{ISSUED}/{key_id}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"})
    assert problem(derive(api, secret), 403, "FORBIDDEN")["message"] == "key is revoked"


def test_derive_403_or_409_after_the_grace_of_a_rotated_key(api, clock, problem):
    key_id, secret = api.issue()
    api.call("POST", f"{ISSUED}/{key_id}:rotate", {"grace": "60s"})
    answer = derive(api, secret)
    assert answer.json()["token"]["expire_time"] == "2027-01-15T08:01:00Z"
    clock.forward(60)
    assert derive(api, secret).status_code in (403, 409)


def test_derive_401_for_what_is_no_key_here(api, forge, problem):
    _, secret = api.issue()
    for credential in ("junk", forge.tail(secret), forge.unknown(api), forge.foreign(), api.admin):
        problem(derive(api, credential), 401, "SIGNATURE_INVALID")


def test_derive_401_from_outside_the_keys_networks(api, problem):
    _, secret = api.issue(ip_restriction={"allowed_cidrs": ["10.0.0.0/8"]})
    problem(derive(api, secret), 401, "UNAUTHORIZED")
    answer = api.call("POST", DERIVE, {"credential": secret, **MACAROON}, peer="10.0.0.1")
    token = answer.json()["token"]["token"]
    assert api.code(token) == "IP_NOT_ALLOWED"
    assert api.code(token, context={"client_ip": "10.3.3.3"}) == "ok"


def test_derive_200_drops_reserved_claims(api):
    _, secret = api.issue()
    reserved = "jti sub iss aud iat exp nbf nid akid pid tty oid scp scope meta vis acl act"
    claims = dict.fromkeys(reserved.split(), "evil") | {"mine": {"a": [1, None, True]}}
    token = derive(api, secret, custom_claims=claims).json()["token"]
    assert token["claims"] == {"mine": {"a": [1, None, True]}}
    assert api.verify(token["token"])["custom_claims"] == token["claims"]


def test_derive_400_for_more_than_a_token_can_carry(api, problem):
    _, secret = api.issue()
    problem(derive(api, secret, custom_claims={"a": "x" * 5_000}), 400, "BAD_REQUEST")
    problem(derive(api, secret, audiences=["x" * 250] * 20), 400, "BAD_REQUEST")
    assert derive(api, secret, custom_claims={"a": "x" * 4_000}).status_code == 200


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"algorithm": "none"}, "algorithm"),
        ({"credential": ""}, "credential"),
        ({"credential": "x" * 8193}, "credential"),
        ({"scopes": [""]}, "scopes[0]"),
        ({"audiences": [""]}, "audiences[0]"),
        ({"audiences": ["x" * 257]}, "audiences[0]"),
        ({"custom_claims": [1]}, "custom_claims"),
        ({"custom_claims": {"a": 10**30}}, "custom_claims"),
        ({"ttl": 5}, "ttl"),
    ],
)
def test_derive_400_names_the_field(api, problem, fields, field):
    _, secret = api.issue()
    body = {"credential": secret, **MACAROON, **fields}
    error = problem(api.call("POST", DERIVE, body), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == field


def test_derive_200_is_read_from_the_database_and_never_from_what_is_cached(api):
    key_id, secret = api.issue(scopes=["a"])
    assert api.code(secret) == "ok"  # now in memory
    raw = bytes.fromhex(key_id.replace("-", ""))
    api.call("PATCH", f"{ISSUED}/{key_id}", {"scopes": ["b"]})
    assert derive(api, secret).json()["token"]["scopes"] == ["b"]
    assert api.run(api.node.store.get("default", raw)).scopes == ("b",)


@pytest.mark.parametrize("algorithm", ["TOKEN_ALGORITHM_MACAROON", "TOKEN_ALGORITHM_JWT"])
def test_derive_200_counts_as_a_use_of_the_key_and_a_refusal_does_not(api, problem, algorithm):
    key_id, secret = api.issue(scopes=["a"])
    problem(derive(api, secret, scopes=["b"]), 403)
    api.run(api.node.flush_uses())
    assert api.get(key_id)["last_used_time"] is None
    assert derive(api, secret, algorithm=algorithm).status_code == 200
    api.run(api.node.flush_uses())
    assert api.get(key_id)["last_used_time"] is not None


def test_derive_reads_the_keys_row_and_not_what_is_remembered_of_it(api, problem):
    key_id, secret = api.issue(scopes=["a", "b"])
    assert api.code(secret) == "ok"
    # Another node's write, of which this one has not heard.
    evict, api.node.tenant.records.evict = api.node.tenant.records.evict, lambda _: None
    api.call("PATCH", f"{ISSUED}/{key_id}?update_mask=scopes", {"scopes": ["a"]})
    api.node.tenant.records.evict = evict
    networks = {"ip_restriction": {"allowed_cidrs": ["192.0.2.0/24"]}}
    assert derive(api, secret).json()["token"]["scopes"] == ["a"]
    assert api.code(secret) == "ok"
    api.node.tenant.records.evict = lambda _: None
    api.call("PATCH", f"{ISSUED}/{key_id}?update_mask=ip_restriction", networks)
    api.node.tenant.records.evict = evict
    problem(derive(api, secret), 401, "UNAUTHORIZED")
