"""POST /v2alpha1/admin/apiKeys:derive, 200: what it answers."""

import base64
import json

import pytest

from engine.formats.sealed import RESERVED
from server import secretfile
from tests.server.routes.derive.asking import JWT, derive, derive_jwt
from tests.server.routes.paths import ISSUED


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


def test_derive_200_drops_reserved_claims(api):
    _, secret = api.issue()
    reserved = "jti sub iss aud iat exp nbf nid akid pid tty oid scp scope meta vis acl act"
    claims = dict.fromkeys(reserved.split(), "evil") | {"mine": {"a": [1, None, True]}}
    token = derive(api, secret, custom_claims=claims).json()["token"]
    assert token["claims"] == {"mine": {"a": [1, None, True]}}
    assert api.verify(token["token"])["custom_claims"] == token["claims"]


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


def read(token):
    """Header and claims, unverified."""
    return [json.loads(base64.urlsafe_b64decode(part + "===")) for part in token.split(".")[:2]]


@pytest.mark.parametrize(
    "fields", [{}, {"algorithm": "TOKEN_ALGORITHM_UNSPECIFIED"}, JWT], ids=["absent", "zero", "jwt"]
)
def test_derive_200_signs_a_jwt_unless_a_macaroon_is_asked_for(api, fields):
    key_id, secret = api.issue(
        actor_id="me",
        scopes=["a", "b"],
        metadata={"k": 1, "x": 0},
        ip_restriction={"allowed_cidrs": ["127.0.0.0/8"]},
    )
    answer = derive_jwt(api, secret, custom_claims={"x": 1}, audiences=["svc"], ttl="10m", **fields)
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    token = answer.json()["token"]
    assert token["expire_time"] == "2027-01-15T08:10:00Z"
    assert (token["scopes"], token["audiences"]) == (["a", "b"], ["svc"])
    assert token["claims"] == {"k": 1, "x": 1}
    head, claims = read(token["token"])
    (key,) = secretfile.load(api.settings.secret_file).signing_keys
    assert head == {"alg": "EdDSA", "kid": key.kid, "typ": "JWT"}
    assert claims == {
        "jti": token["grant_id"],
        "sub": key_id,
        "iss": "http://127.0.0.1:4420",
        "aud": ["svc"],
        "iat": 1_800_000_000,
        "nbf": 1_800_000_000,
        "exp": 1_800_000_600,
        "act": "me",
        "nid": "default",
        "scp": ["a", "b"],
        "meta": {"k": 1, "x": 0},
        "vis": "secret",
        "acl": ["127.0.0.0/8"],
        "x": 1,
        "key_issued_at": 1_800_000_000,
        "generation": 0,
        "tenant_epoch": 0,
    }


def test_derive_200_no_caller_sets_a_claim_of_the_issuers_own(api):
    _, secret = api.issue()
    wanted = {name: "evil" for name in RESERVED} | {"mine": 1}
    token = derive_jwt(api, secret, custom_claims=wanted).json()["token"]
    assert token["claims"] == {"mine": 1}
    _, claims = read(token["token"])
    assert "evil" not in claims.values() and "act" not in claims
    assert api.verify(token["token"])["actor_id"] == ""


def test_derive_200_audits_which_grant_and_which_key_signed_it_and_not_the_token(api):
    key_id, secret = api.issue()
    token = derive_jwt(api, secret).json()["token"]
    row = api.run(api.node.store.audit("default", limit=1))[0]
    assert (row.action, row.target) == ("grant.derive", key_id.replace("-", ""))
    kid = read(token["token"])[0]["kid"]
    told = json.loads(row.detail)
    assert (told["grant_id"], told["kid"]) == (token["grant_id"].replace("-", ""), kid)
