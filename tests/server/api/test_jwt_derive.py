"""Deriving a JWT: the default algorithm, everything the parent allows and nothing more."""

import base64
import json

import pytest

from engine import seal
from engine.formats.sealed import RESERVED
from server import secretfile

DERIVE = "/v2alpha1/admin/apiKeys:derive"
ISSUED = "/v2alpha1/admin/issuedApiKeys"
JWT = {"algorithm": "TOKEN_ALGORITHM_JWT"}


def derive(api, credential, **fields):
    return api.call("POST", DERIVE, {"credential": credential, **fields})


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
    answer = derive(api, secret, custom_claims={"x": 1}, audiences=["svc"], ttl="10m", **fields)
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
    token = derive(api, secret, custom_claims=wanted).json()["token"]
    assert token["claims"] == {"mine": 1}
    _, claims = read(token["token"])
    assert "evil" not in claims.values() and "act" not in claims
    assert api.verify(token["token"])["actor_id"] == ""


def test_derive_200_audits_which_grant_and_which_key_signed_it_and_not_the_token(api):
    key_id, secret = api.issue()
    token = derive(api, secret).json()["token"]
    row = api.run(api.node.store.audit("default", limit=1))[0]
    assert (row.action, row.target) == ("grant.derive", key_id.replace("-", ""))
    kid = read(token["token"])[0]["kid"]
    told = json.loads(row.detail)
    assert (told["grant_id"], told["kid"]) == (token["grant_id"].replace("-", ""), kid)


def test_derive_400_from_a_jwt_whether_genuine_forged_or_foreign(api, problem):
    _, secret = api.issue()
    token = derive(api, secret).json()["token"]["token"]
    for credential in (token, token[:-4] + "AAAA", "eyJhbGciOiJub25lIn0.e30.x"):
        for algorithm in ("TOKEN_ALGORITHM_JWT", "TOKEN_ALGORITHM_MACAROON"):
            answer = derive(api, credential, algorithm=algorithm)
            problem(answer, 400, "INVALID_TOKEN_TYPE")


def test_derive_400_from_all_but_a_bare_key_also_as_a_jwt(api, problem):
    _, secret = api.issue()
    for token in (api.narrow(secret), seal(secret), api.derive(secret)):
        problem(derive(api, token, **JWT), 400, "INVALID_TOKEN_TYPE")


def test_derive_refuses_as_for_a_macaroon(api, clock, problem):
    key_id, secret = api.issue(scopes=["a"], ttl="1h")
    problem(derive(api, secret, scopes=["b"]), 403, "FORBIDDEN")
    problem(derive(api, secret, ttl="3601s"), 400, "BAD_REQUEST")
    problem(derive(api, secret[:-1]), 401, "SIGNATURE_INVALID")
    problem(derive(api, api.admin), 401, "SIGNATURE_INVALID")
    clock.forward(3600)
    problem(derive(api, secret), 409, "FAILED_PRECONDITION")
    key_id, secret = api.issue()
    api.call("POST", f"{ISSUED}/{key_id}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"})
    problem(derive(api, secret), 403, "FORBIDDEN")


def test_derive_400_for_a_token_above_8192_bytes(api, problem):
    _, secret = api.issue(metadata={"k": "x" * 9_000})
    error = problem(derive(api, secret), 400, "BAD_REQUEST")
    assert "8192" in error["message"]
    _, secret = api.issue()
    token = derive(api, secret, custom_claims={"a": "x" * 5_400}).json()["token"]["token"]
    assert 7_000 < len(token) <= 8_192 and api.code(token) == "ok"


def test_derive_500_without_a_signing_key_says_what_the_operator_does(api, problem):
    path = api.settings.secret_file
    secretfile.change_signing_keys(path, lambda keys: ())
    api.reopen()
    _, secret = api.issue()
    error = problem(derive(api, secret), 500, "INTERNAL_SERVER_ERROR")
    assert "signing-keys generate" in error["message"]
    assert api.code(api.derive(secret)) == "ok"
