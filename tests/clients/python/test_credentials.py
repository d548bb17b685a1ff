"""Verify, batch verify, derive, self-revoke and the key set through the official client."""

import json
import uuid
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from ory_client.models import (
    AdminRevokeIssuedApiKeyBody,
    BatchVerifyApiKeysRequest,
    DeriveTokenRequest,
    ImportApiKeyRequest,
    IPRestriction,
    KeyStatus,
    KeyVisibility,
    RateLimitPolicy,
    RevocationReason,
    SelfRevokeApiKeyRequest,
    TokenAlgorithm,
    VerificationErrorCode,
    VerifyApiKeyRequest,
)

from engine import attenuate, seal
from engine.caveats import Budget, Scopes, Tools, Window

JWT, MACAROON = TokenAlgorithm.TOKEN_ALGORITHM_JWT, TokenAlgorithm.TOKEN_ALGORITHM_MACAROON
ELSEWHERE = IPRestriction(allowed_cidrs=["192.0.2.0/24"])
COMPROMISE = RevocationReason.REVOCATION_REASON_KEY_COMPROMISE


def derive(client, credential: str, **fields: object):
    asked = DeriveTokenRequest(credential=credential, **fields)
    return client.api.admin_derive_token(asked).token


def revoke(client, key_id: str) -> None:
    client.api.admin_revoke_issued_api_key(key_id, AdminRevokeIssuedApiKeyBody(reason=COMPROMISE))


def test_verify_200_tells_the_key(client):
    key_id, secret = client.issue(
        actor_id="billing",
        scopes=["a", "b"],
        metadata={"plan": "gold"},
        rate_limit_policy=RateLimitPolicy(quota="100", window="60s"),
    )
    told = client.verify(secret)
    assert told.is_valid and told.status == KeyStatus.KEY_STATUS_ACTIVE
    assert (told.key_id, told.actor_id, told.scopes) == (key_id, "billing", ["a", "b"])
    assert (told.metadata, told.audiences) == ({"plan": "gold"}, [])
    assert told.visibility == KeyVisibility.KEY_VISIBILITY_SECRET and told.issuer
    assert told.rate_limit_policy == RateLimitPolicy(quota="100", unit="requests", window="60s")
    assert told.rate_limit_remaining == "99" and told.rate_limit_reset_time is not None
    assert told.error_message is None
    assert told.expire_time > datetime.now(UTC) + timedelta(days=29)


def test_verify_200_our_own_facts_are_kept_as_additional_properties(client):
    told = client.verify(attenuate(client.issue()[1], Tools(("search",))).text)
    assert told.error_code == VerificationErrorCode.VERIFICATION_ERROR_SIGNATURE_INVALID
    assert told.additional_properties["caveat"]["type"] == "Tools"
    good = client.verify(derive(client, client.issue()[1], algorithm=MACAROON).token)
    assert good.additional_properties["token_type"] == "grant"
    assert uuid.UUID(good.additional_properties["grant_id"])


def test_verify_200_says_every_refusal_in_words_that_the_client_has(client, expired):
    key_id, secret = client.issue(scopes=["a"])
    away = client.issue(ip_restriction=ELSEWHERE)[1]
    spent = attenuate(secret, Budget("calls", 1, 60)).text
    bound = derive(client, secret, algorithm=MACAROON, audiences=["one"]).token
    revoked_id, revoked = client.issue()
    revoke(client, revoked_id)
    assert client.code(spent) == "ok"
    said = {
        "": "INVALID_FORMAT",
        "nonsense": "NOT_FOUND",
        secret[:-1]: "NOT_FOUND",
        f"{secret[:-1]}é": "NOT_FOUND",
        expired[1]: "EXPIRED",
        revoked: "REVOKED",
        away: "IP_NOT_ALLOWED",
        spent: "RATE_LIMITED",
        bound: "AUDIENCE_MISMATCH",
        "mz_mc_nonsense": "SIGNATURE_INVALID",
        "eyJhbGciOiJFZERTQSJ9.e30.AA": "SIGNATURE_INVALID",
        attenuate(secret, Window(1, 2)).text: "EXPIRED",
        attenuate(secret, Scopes(("b",))).text: "ok",
        attenuate(secret, Tools(("t",))).text: "SIGNATURE_INVALID",
    }
    assert {each: client.code(each) for each in said} == said
    for credential, code in said.items():
        told = client.verify(credential)
        if code not in ("ok", "RATE_LIMITED"):
            assert (told.key_id, told.actor_id, told.scopes) == ("", "", [])
            assert told.status == KeyStatus.KEY_STATUS_UNSPECIFIED and told.error_message
            assert told.metadata is told.expire_time is told.rate_limit_policy is None


def test_verify_200_rate_limited_keeps_the_fields_of_the_key(client):
    key_id, secret = client.issue(actor_id="billing")
    spent = attenuate(secret, Budget("calls", 1, 60)).text
    client.verify(spent)
    asked = VerifyApiKeyRequest(credential=spent)
    answer = client.api.admin_verify_api_key_with_http_info(verify_api_key_request=asked)
    told = answer.data
    assert told.error_code == VerificationErrorCode.VERIFICATION_ERROR_RATE_LIMITED
    assert (told.is_valid, told.key_id, told.actor_id) == (False, key_id, "billing")
    assert told.rate_limit_reset_time > datetime.now(UTC)
    assert 1 <= int(answer.headers["retry-after"]) <= 60


@pytest.mark.parametrize("algorithm", [JWT, MACAROON])
def test_verify_200_the_audiences_rule(client, algorithm):
    key = client.issue()[1]
    free = derive(client, key, algorithm=algorithm).token
    bound = derive(client, key, algorithm=algorithm, audiences=["one", "two"])
    assert bound.audiences == ["one", "two"]
    assert client.verify(bound.token, "two").audiences == ["one", "two"]
    assert [client.code(each) for each in (key, free)] == ["ok", "ok"]
    assert client.code(bound.token, "other", "two") == "ok"
    for credential, expected in ((key, ["one"]), (free, ["one"]), (bound.token, []),
                                 (bound.token, ["ONE"]), (bound.token, ["on"])):  # fmt: skip
        assert client.code(credential, *expected) == "AUDIENCE_MISMATCH"


def test_verify_400_for_a_credential_of_more_than_8192_bytes(client, refused):
    assert client.code("é" * 4_096) == "NOT_FOUND"
    for credential in ("x" * 8_193, "é" * 4_097):
        with refused(400, "BAD_REQUEST"):
            client.verify(credential)


@pytest.mark.parametrize("directive", ["no-cache", "no-store", "NO-CACHE", "max-age=0"])
def test_verify_200_with_every_cache_directive(client, directive):
    asked = VerifyApiKeyRequest(credential=client.issue()[1])
    answer = client.api.admin_verify_api_key_with_http_info(
        cache_control=directive, pragma="no-cache", verify_api_key_request=asked
    )
    assert answer.data.is_valid and answer.headers["ory-talos-cache"] == "SKIP"


def batch(client, *credentials: str, **how: object):
    requests = [VerifyApiKeyRequest(credential=each) for each in credentials]
    asked = BatchVerifyApiKeysRequest(requests=requests)
    return client.api.admin_batch_verify_api_keys(batch_verify_api_keys_request=asked, **how)


def test_batch_verify_200_answers_100_in_order(client, expired):
    keys = [client.issue() for _ in range(40)]
    mixed = (
        [each for pair in keys for each in (pair[1], "nonsense")] + [""] * 10 + [expired[1]] * 10
    )
    results = batch(client, *mixed, cache_control="no-store").results
    assert len(results) == 100
    assert [each.key_id for each in results[:80:2]] == [key_id for key_id, _ in keys]
    codes = [each.error_code.value.rpartition("ERROR_")[2] for each in results]
    assert codes == ["UNSPECIFIED", "NOT_FOUND"] * 40 + ["INVALID_FORMAT"] * 10 + ["EXPIRED"] * 10


@pytest.mark.parametrize("count", [0, 101])
def test_batch_verify_400_for_none_and_for_more_than_100(client, refused, count):
    with refused(400, "BAD_REQUEST"):
        batch(client, *["x"] * count)


@pytest.mark.parametrize("algorithm", [TokenAlgorithm.TOKEN_ALGORITHM_UNSPECIFIED, JWT, MACAROON])
def test_derive_200_of_an_issued_and_an_imported_key(client, algorithm):
    raw = uuid.uuid4().hex
    body = ImportApiKeyRequest(
        raw_key=raw, name="n", actor_id="billing", scopes=["a", "b"], metadata={"team": "red"}
    )
    client.api.admin_import_api_key(body)
    issued = client.issue(actor_id="billing", scopes=["a", "b"], metadata={"team": "red"})[1]
    for key in (raw, issued):
        claims = {"plan": "gold", "sub": "forged"}
        token = derive(
            client, key, algorithm=algorithm, ttl="10m", scopes=["b"], custom_claims=claims
        )
        assert (token.scopes, token.audiences) == (["b"], [])
        assert token.claims == {"team": "red", "plan": "gold"}
        assert token.expire_time - datetime.now(UTC) < timedelta(minutes=10)
        told = client.verify(token.token)
        assert told.is_valid and told.key_id == client.verify(key).key_id
        assert (told.scopes, told.actor_id, told.metadata) == (["b"], "billing", {"team": "red"})
        assert (token.token.count(".") == 2) is (algorithm is not MACAROON)


def test_derive_200_a_jwt_verifies_by_the_key_set_alone(client):
    token = derive(client, client.issue(scopes=["a"])[1], algorithm=JWT, audiences=["me"]).token
    keys = client.api.get_jwks().jwks.keys
    kid = jwt.get_unverified_header(token)["kid"]
    (key,) = [jwt.PyJWK(each.to_dict()) for each in keys if each.kid == kid]
    claims = jwt.decode(token, key, algorithms=["EdDSA"], audience="me")
    assert claims["scp"] == ["a"] and claims["iss"] == client.verify(token, "me").issuer


def test_derive_statuses(client, refused, expired):
    key_id, key = client.issue(scopes=["a"], ttl="1h")
    away = client.issue(ip_restriction=ELSEWHERE)[1]
    jwt_, grant = (derive(client, key, algorithm=each).token for each in (JWT, MACAROON))
    cases = [
        (400, {"credential": ""}),
        (400, {"credential": "x" * 8_193}),
        (400, {"credential": key, "ttl": "2h"}),
        (400, {"credential": key, "ttl": "366d"}),
        (400, {"credential": key, "ttl": "0s"}),
        (400, {"credential": key, "custom_claims": {"a": "x" * 9_000}}),
        (400, {"credential": jwt_}),
        (400, {"credential": grant}),
        (400, {"credential": attenuate(key, Tools(("t",))).text}),
        (400, {"credential": seal(key)}),
        (401, {"credential": "nonsense"}),
        (401, {"credential": key[:-1]}),
        (401, {"credential": away}),
        (403, {"credential": key, "scopes": ["a", "b"]}),
        (409, {"credential": expired[1]}),
    ]
    for status, body in cases:
        with refused(status):
            client.api.admin_derive_token(DeriveTokenRequest(**body))
    revoke(client, key_id)
    with refused(403, "FORBIDDEN"):
        derive(client, key)


def self_revoke(client, credential: str, **fields: object):
    body = SelfRevokeApiKeyRequest(credential=credential, **fields)
    return client.api.revoke_api_key(body)


def test_self_revoke_200_of_an_issued_and_an_imported_key_and_again(client, connect, live):
    anybody = connect(live, None)
    raw = uuid.uuid4().hex
    body = ImportApiKeyRequest(raw_key=raw, name="n", actor_id="a")
    client.api.admin_import_api_key(body)
    for key in (raw, client.issue()[1]):
        for each in (anybody, client):  # the client sends its credential everywhere
            assert self_revoke(each, key, reason=COMPROMISE) == {}
        assert client.code(key) == "REVOKED"


def test_self_revoke_statuses(client, refused, expired):
    key = client.issue()[1]
    tokens = [derive(client, key, algorithm=each).token for each in (JWT, MACAROON)]
    public = client.issue(visibility=KeyVisibility.KEY_VISIBILITY_PUBLIC)[1]
    cases = [
        (400, "BAD_REQUEST", {"credential": ""}),
        (400, "BAD_REQUEST", {"credential": "x" * 8_193}),
        (400, "BAD_REQUEST", {"credential": key,
                              "reason": RevocationReason.REVOCATION_REASON_PRIVILEGE_WITHDRAWN}),
        *((400, "DERIVED_TOKEN_NOT_REVOCABLE", {"credential": each}) for each in tokens),
        (401, "API_KEY_EXPIRED", {"credential": expired[1]}),
        (403, "FORBIDDEN", {"credential": public}),
        (404, "API_KEY_NOT_FOUND", {"credential": "nonsense"}),
        (404, "API_KEY_NOT_FOUND", {"credential": key[:-1]}),
    ]  # fmt: skip
    for status, reason, body in cases:
        with refused(status, reason):
            client.api.revoke_api_key(SelfRevokeApiKeyRequest(**body))
    assert client.code(key) == client.code(public) == "ok"


def test_jwks_200_is_the_wrapped_set_and_the_bare_one_beside_it(connect, live, public):
    for server in (live, public):
        told = connect(server, None).api.get_jwks()
        assert all(key.kid and key.kty for key in told.jwks.keys)
        bare = [key.to_dict() for key in told.jwks.keys]
        assert json.loads(json.dumps(told.additional_properties["keys"])) == bare
