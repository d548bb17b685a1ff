"""Derived JWTs on every route that takes a credential, and everything that ends one."""

import json

import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from engine import Kind, Revocation, tenant_target
from server import secretfile
from server.signingkeys import Algorithm, SigningKey
from storage.base import AuditEvent, Change, NewRevocation
from storage.errors import StoreUnavailable

ISSUED = "/v2alpha1/admin/issuedApiKeys"
VERIFY = "/v2alpha1/admin/apiKeys:verify"
TOKENS = "/v1/tokens:"
JWT = {"algorithm": "TOKEN_ALGORITHM_JWT"}


@pytest.fixture(params=["eddsa", "rs256"])
def api(request, open_api):
    """A node whose signing key is of either kind."""
    api = open_api()
    if request.param == "rs256":
        key = SigningKey.generate(Algorithm.RS256)
        secretfile.change_signing_keys(api.settings.secret_file, lambda keys: (key,))
        api.reopen()
    return api


def derive(api, secret, **fields):
    return api.derive(secret, **JWT, **fields)


def forged(token):
    head, payload, signature = token.split(".")
    return f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"


def kill(api, token):
    return api.call("POST", TOKENS + "revoke", {"credential": token}, key=None)


def test_verify_200_tells_all_of_a_jwt_and_no_claim_of_it_as_the_keys_metadata(api):
    key_id, secret = api.issue(
        actor_id="me", scopes=["a", "b"], metadata={"k": 1}, visibility="KEY_VISIBILITY_PUBLIC"
    )
    token = derive(api, secret, ttl="10m", scopes=["b"], custom_claims={"k": 2, "x": 3})
    told = api.verify(token)
    assert told.pop("grant_id").count("-") == 4
    assert told == {
        "is_valid": True,
        "status": "KEY_STATUS_ACTIVE",
        "key_id": key_id,
        "actor_id": "me",
        "scopes": ["b"],
        "expire_time": "2027-01-15T08:10:00Z",
        "metadata": {"k": 1},
        "custom_claims": {"k": 2, "x": 3},
        "visibility": "KEY_VISIBILITY_PUBLIC",
        "issuer": "http://127.0.0.1:4420",
        "audiences": [],
        "rate_limit_policy": None,
        "rate_limit_reset_time": None,
        "caveat": None,
        "delegates": [],
        "token_type": "grant",
    }


def test_a_jwt_is_verified_while_the_database_is_away(api, monkeypatch):
    _, secret = api.issue()
    token = derive(api, secret)
    api.reopen()

    async def away(tenant: str, key_id: bytes) -> None:
        raise StoreUnavailable("the database is away")

    monkeypatch.setattr(api.node.store, "get", away)
    assert api.call("GET", "/v1/verify", key=token).status_code == 200


def test_batch_verify_200_judges_jwts_among_others_in_order(api):
    _, secret = api.issue()
    token = derive(api, secret)
    asked = [token, secret, forged(token), "", "junk", api.derive(secret)]
    body = {"requests": [{"credential": each} for each in asked]}
    answer = api.call("POST", "/v2alpha1/admin/apiKeys:batchVerify", body)
    told = [each.get("error_code", "_ok") for each in answer.json()["results"]]
    codes = [code.removeprefix("VERIFICATION_ERROR") for code in told]
    assert codes == ["_ok", "_ok", "_SIGNATURE_INVALID", "_INVALID_FORMAT", "_NOT_FOUND", "_ok"]


def test_the_gateway_answers_for_a_jwt(api):
    _, secret = api.issue(actor_id="me", scopes=["a"])
    token = derive(api, secret)
    answer = api.call("GET", "/v1/verify?scope=a", key=token)
    assert answer.status_code == 200 and answer.headers["marzipan-actor"] == "me"
    assert api.call("GET", "/v1/verify?scope=b", key=token).status_code == 403
    answer = api.call("GET", "/v1/verify", key=forged(token))
    assert (
        answer.status_code == 401 and 'error="invalid_token"' in answer.headers["www-authenticate"]
    )


def test_explain_200_step_by_step(api):
    _, secret = api.issue(scopes=["a"])
    token = derive(api, secret)
    told = api.call("POST", TOKENS + "explain", {"credential": token}).json()
    assert told["allowed"] and [s["check"] for s in told["steps"]] == [
        "signature",
        "standing",
        "terms",
    ]
    body = {"credential": token, "context": {"scopes": ["b"]}}
    told = api.call("POST", TOKENS + "explain", body).json()
    assert [s["name"] for s in told["steps"] if not s["allows"]] == ["Scopes"]
    told = api.call("POST", TOKENS + "explain", {"credential": forged(token)}).json()
    assert [(s["check"], s["allows"]) for s in told["steps"]] == [("signature", False)]


def test_inspect_200_reads_without_verifying(api):
    key_id, secret = api.issue(scopes=["a"])
    token = derive(api, secret, audiences=["x"])
    told = api.call("POST", TOKENS + "inspect", {"credential": forged(token)}, key=None).json()
    head = told["unverified_header"]
    assert told["verified"] is False and (head["type"], head["key_id"]) == ("jwt", key_id)
    assert (head["audiences"], head["issuer"]) == (["x"], "http://127.0.0.1:4420")


def test_attenuate_400_says_that_a_jwt_cannot_be_narrowed(api, problem):
    _, secret = api.issue()
    body = {"credential": derive(api, secret), "caveats": [{"type": "MaxDepth", "blocks": 0}]}
    error = problem(api.call("POST", TOKENS + "attenuate", body), 400, "BAD_REQUEST")
    assert "MACAROON" in error["message"]


def test_a_jwt_authorises_no_admin_route(api, problem):
    _, secret = api.issue(scopes=["*"])
    for token in (derive(api, secret), forged(derive(api, secret))):
        problem(api.call("GET", ISSUED, key=token), 401, "UNAUTHORIZED")


def test_self_revoke_400_for_a_jwt_whether_genuine_or_forged(api, problem):
    _, secret = api.issue()
    token = derive(api, secret)
    for credential in (token, forged(token)):
        answer = api.call("POST", "/v2alpha1/apiKeys:selfRevoke", {"credential": credential})
        problem(answer, 400, "DERIVED_TOKEN_NOT_REVOCABLE")
    assert api.code(token) == "ok" and api.log() == []


def test_the_wire_codes(api, clock):
    restriction = {"allowed_cidrs": ["127.0.0.0/8"]}
    _, secret = api.issue(scopes=["a"], ip_restriction=restriction)
    token = derive(api, secret, ttl="10m")
    assert api.code(token, context={"client_ip": "192.0.2.1"}) == "IP_NOT_ALLOWED"
    assert api.code(token, expected_audiences=["x"]) == "AUDIENCE_MISMATCH"
    told = api.verify(token, context={"scopes": ["b"]})
    assert told["error_code"].endswith("SIGNATURE_INVALID") and told["caveat"]["type"] == "Scopes"
    for bad in (forged(token), "eyJhbGciOiJub25lIn0.e30.x", "eyJx.y.z"):
        assert api.code(bad) == "SIGNATURE_INVALID"
    bound = derive(api, secret, audiences=["x", "y"], ttl="10m")
    assert api.code(bound) == "AUDIENCE_MISMATCH"
    assert api.code(bound, expected_audiences=["y", "z"]) == "ok"
    assert api.code(bound, expected_audiences=["X"]) == "AUDIENCE_MISMATCH"
    clock.forward(599)
    assert api.code(token) == "ok"
    clock.forward(1)
    assert api.code(token) == "EXPIRED"


def test_a_refusal_discloses_nothing_of_the_key(api):
    key_id, secret = api.issue(actor_id="me")
    token = derive(api, secret)
    kill(api, token)
    for credential in (token, forged(token)):
        assert key_id not in json.dumps(api.verify(credential))


def test_it_dies_with_its_parent_at_the_next_verify(api):
    key_id, secret = api.issue()
    one, two = derive(api, secret), derive(api, secret)
    body = {"reason": "REVOCATION_REASON_KEY_COMPROMISE"}
    api.call("POST", f"{ISSUED}/{key_id}:revoke", body)
    assert [api.code(one), api.code(two)] == ["REVOKED", "REVOKED"]
    api.reopen()
    assert api.code(one) == "REVOKED"


def test_it_dies_when_its_parent_revokes_itself(api):
    _, secret = api.issue()
    token = derive(api, secret)
    api.call("POST", "/v2alpha1/apiKeys:selfRevoke", {"credential": secret}, key=None)
    assert api.code(token) == "REVOKED"


def test_it_dies_with_its_generation_and_a_new_one_does_not(api):
    key_id, secret = api.issue(scopes=["a", "b"])
    old = derive(api, secret)
    assert api.call("PATCH", f"{ISSUED}/{key_id}", {"scopes": ["a"]}).status_code == 200
    assert api.code(old) == "REVOKED"
    assert api.verify(derive(api, secret))["scopes"] == ["a"]


def test_it_dies_with_its_actor(api, revoke_actor, clock):
    _, secret = api.issue(actor_id="me")
    _, other = api.issue(actor_id="you")
    token, kept = derive(api, secret), derive(api, other)
    clock.forward(1)
    revoke_actor(api, "me")
    assert [api.code(token), api.code(kept)] == ["REVOKED", "ok"]


def test_it_dies_with_its_tenant(api, clock):
    _, secret = api.issue()
    token = derive(api, secret)
    clock.forward(1)
    node, now = api.node, api.node.now()
    entry = NewRevocation(
        revocation=Revocation(Kind.TENANT, tenant_target("default"), now), expires_at=now + 86_400
    )
    event = AuditEvent(action="tenant.revoke", caller="test")
    change = Change(tenant="default", at_ms=now * 1000, audit=event, revoke=(entry,))
    api.run(node.commit(change))
    assert api.code(token) == "REVOKED"


def test_it_dies_with_the_grace_of_its_rotated_parent(api, clock):
    key_id, secret = api.issue()
    token = derive(api, secret)
    api.call("POST", f"{ISSUED}/{key_id}:rotate", {"grace": "60s"})
    clock.forward(59)
    assert api.code(token) == "ok"
    clock.forward(1)
    assert api.code(token) == "REVOKED"


def test_whoever_holds_it_revokes_it_alone(api):
    _, secret = api.issue()
    one, two = derive(api, secret), derive(api, secret)
    grant_id = api.verify(one)["grant_id"]
    told = kill(api, one).json()
    assert told["revoked"] == "grant" and not told["already_revoked"]
    assert told["revocation_id"] == grant_id
    assert [api.code(one), api.code(two), api.code(secret)] == ["REVOKED", "ok", "ok"]
    assert kill(api, one).json()["already_revoked"] and len(api.log()) == 1


def test_an_expired_one_can_still_be_revoked_and_what_was_not_signed_here_can_not(
    api, clock, problem, open_api
):
    _, secret = api.issue()
    token = derive(api, secret, ttl="10s")
    stranger = open_api("stranger")
    problem(kill(stranger, token), 404, "NOT_FOUND")
    problem(kill(api, forged(token)), 404, "NOT_FOUND")
    clock.forward(60)
    assert kill(api, token).status_code == 200


def test_another_servers_jwt_is_no_credential_here(api, open_api):
    stranger = open_api("stranger")
    _, secret = stranger.issue()
    assert api.code(derive(stranger, secret)) == "SIGNATURE_INVALID"


def test_a_retired_issuers_tokens_live_on_and_a_forgotten_ones_die(api):
    _, secret = api.issue()
    token = derive(api, secret)
    api.reopen(issuer="https://new.test")
    assert api.code(token) == "SIGNATURE_INVALID"
    api.reopen(issuer="https://new.test", retired_issuers=["http://127.0.0.1:4420"])
    assert api.verify(token)["issuer"] == "https://new.test"
    assert api.verify(derive(api, secret))["is_valid"]


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
def test_a_third_party_verifies_offline_by_the_published_set(api):
    _, secret = api.issue()
    token = derive(api, secret)
    answer = api.call("GET", "/.well-known/jwks.json", key=None)
    keys = KeySet.import_key_set(answer.json())
    registry = JWSRegistry(algorithms=["EdDSA", "RS256"])
    read = jws.deserialize_compact(token, keys, registry=registry)
    assert json.loads(read.payload)["nid"] == "default"
