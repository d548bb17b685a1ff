"""Errors and headers: A.1, A.3, A.8 to A.12 of the compatible API."""

import re
import uuid

import pytest

from engine import attenuate
from engine.caveats import Budget, Tools
from server.problems import REASONS

from .conftest import APIKEYS, IMPORTED, ISSUED

NOBODY = "00000000-0000-4000-8000-000000000000"
SELF = "/v2alpha1/apiKeys:selfRevoke"
REASON = "REVOCATION_REASON_SUPERSEDED"
SECURITY = {
    "strict-transport-security": "max-age=31536000; includeSubDomains",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
}

# A.3, the reasons that this server has a use for.
TABLE = {
    400: {"BAD_REQUEST", "INVALID_API_KEY_FORMAT", "CREDENTIAL_REQUIRED", "UNKNOWN_CREDENTIAL",
          "DERIVED_TOKEN_NOT_REVOCABLE", "INVALID_TOKEN_TYPE"},
    401: {"UNAUTHORIZED", "API_KEY_EXPIRED", "API_KEY_REVOKED", "SIGNATURE_INVALID",
          "PARENT_KEY_INVALID"},
    403: {"FORBIDDEN", "IP_NOT_ALLOWED"},
    404: {"NOT_FOUND", "API_KEY_NOT_FOUND"},
    409: {"CONFLICT", "API_KEY_EXISTS", "FAILED_PRECONDITION"},
    429: {"TOO_MANY_REQUESTS"},
    500: {"INTERNAL_SERVER_ERROR"},
    503: {"SERVICE_UNAVAILABLE"},
    504: {"GATEWAY_TIMEOUT"},
}  # fmt: skip
STATUS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    409: "ALREADY_EXISTS", 429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}  # fmt: skip


def test_every_reason_has_the_status_and_the_name_of_the_table():
    for http, reasons in TABLE.items():
        for reason in reasons:
            name = reason if reason == "FAILED_PRECONDITION" else STATUS[http]
            assert REASONS[reason] == (http, name)


@pytest.mark.parametrize(
    ("status", "reason", "method", "path", "body"),
    [
        (400, "BAD_REQUEST", "POST", ISSUED, {"ttl": "soon"}),
        (400, "BAD_REQUEST", "POST", SELF, {"credential": ""}),
        (400, "INVALID_TOKEN_TYPE", "POST", f"{APIKEYS}:derive", {"credential": "eyJh.e30.AA"}),
        (400, "DERIVED_TOKEN_NOT_REVOCABLE", "POST", SELF, {"credential": "eyJh.e30.AA"}),
        (400, "DERIVED_TOKEN_NOT_REVOCABLE", "POST", SELF, {"credential": "mz_mc_forged"}),
        (401, "SIGNATURE_INVALID", "POST", f"{APIKEYS}:derive", {"credential": "x"}),
        (404, "NOT_FOUND", "GET", "/v2alpha1/nothing", None),
        (404, "API_KEY_NOT_FOUND", "GET", f"{ISSUED}/{NOBODY}", None),
        (404, "API_KEY_NOT_FOUND", "GET", f"{ISSUED}/{'a' * 64}", None),
        (404, "API_KEY_NOT_FOUND", "POST", SELF, {"credential": "x"}),
        (405, "METHOD_NOT_ALLOWED", "DELETE", f"{ISSUED}/{NOBODY}", None),
        (429, "REQUEST_TOO_LARGE", "POST", ISSUED, {"name": "x" * (4 * 1024 * 1024)}),
    ],
)  # fmt: skip
def test_an_error_is_the_wrapped_envelope_with_reason_and_domain(
    wire, status, reason, method, path, body
):
    answer = wire.answer(method, path, body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    (error,) = answer.json().values()
    assert error.keys() == {"code", "message", "status", "details"}
    assert (error["code"], error["status"]) == (status, REASONS[reason][1])
    (detail,) = error["details"]
    assert detail["@type"] == "type.googleapis.com/google.rpc.ErrorInfo"
    assert (detail["reason"], detail["domain"]) == (reason, "www.ory.com/talos")
    assert all(isinstance(each, str) for each in detail.get("metadata", {}).values())


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ISSUED), ("POST", ISSUED), ("GET", "/nothing"), ("DELETE", ISSUED),
     ("GET", "/v2alpha1/derivedKeys/jwks.json"), ("GET", "/health/alive"), ("HEAD", ISSUED),
     ("POST", f"{ISSUED}/{NOBODY}:revoke"), ("POST", f"{APIKEYS}:verify")],
)  # fmt: skip
@pytest.mark.parametrize("key", ["", None])
def test_every_answer_has_the_security_headers_and_a_request_id(wire, method, path, key):
    answer = wire.answer(method, path, key=key)
    assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY
    assert "content-security-policy" in answer.headers
    assert uuid.UUID(answer.headers["x-request-id"]).version == 4


def test_a_204_has_them_too(wire):
    key_id, _ = wire.issue()
    answer = wire.answer("POST", f"{ISSUED}/{key_id}:revoke", {"reason": REASON})
    assert answer.status_code == 204 and answer.content == b""
    assert {name: answer.headers.get(name) for name in SECURITY} == SECURITY


def test_a_request_id_is_echoed_up_to_128_bytes_and_replaced_beyond(wire):
    for offered in ("a", "x" * 128):
        assert wire.answer("GET", ISSUED, x_request_id=offered).headers["x-request-id"] == offered
    told = wire.answer("GET", ISSUED, x_request_id="x" * 129).headers["x-request-id"]
    assert uuid.UUID(told).version == 4


def test_an_authorization_header_is_tolerated_where_none_is_needed(wire):
    for path in ("/v2alpha1/derivedKeys/jwks.json", "/health/alive", "/health/ready", "/version"):
        for key in (None, "", "nonsense"):
            wire.call(200, "GET", path, key=key)
    for key in (None, "nonsense"):
        wire.call(200, "POST", SELF, {"credential": wire.issue()[1]}, key=key)


def test_the_old_path_of_the_key_set_is_a_404(wire):
    for key in (None, ""):
        path = "/v2alpha1/admin/derivedKeys/jwks.json"
        assert wire.reason(404, "GET", path, key=key) == "NOT_FOUND"


@pytest.mark.parametrize(
    "path", ["/v2/admin/issuedApiKeys", f"{IMPORTED}:batchImport", f"{ISSUED}/{NOBODY}:delete"]
)
def test_paths_of_early_builds_and_unknown_verbs_are_a_404(wire, path):
    assert wire.reason(404, "POST", path) == "NOT_FOUND"


@pytest.mark.parametrize("directive", [None, "no-cache", "no-store", "No-Cache", "public"])
def test_verify_says_that_no_cache_was_asked_and_that_none_may_keep_it(wire, directive):
    how = {} if directive is None else {"cache_control": directive, "pragma": directive}
    body = {"credential": wire.issue()[1]}
    answer = wire.answer("POST", f"{APIKEYS}:verify", body, **how)
    assert answer.headers["ory-talos-cache"] == "SKIP"
    assert answer.headers["cache-control"] == "no-store"


def test_verify_tells_the_policy_of_a_key_that_has_one_and_nothing_on_a_refusal(wire):
    policy = {"quota": "100", "window": "60s"}
    key_id, secret = wire.issue(rate_limit_policy=policy, scopes=["a"])

    def told(credential: str) -> str | None:
        answer = wire.answer("POST", f"{APIKEYS}:verify", {"credential": credential})
        assert ("ratelimit" in answer.headers) is ("ratelimit-policy" in answer.headers)
        header: str | None = answer.headers.get("ratelimit-policy")
        return header

    spent = attenuate(secret, Budget("calls", 1, 60)).text
    assert [told(secret), told(spent), told(spent)] == ['"default";q=100;w=60'] * 3
    assert told(attenuate(secret, Tools(("t",))).text) is None
    assert told(wire.issue()[1]) is None
    assert told(wire.derive(secret)) == told(secret)
    _, vast = wire.issue(rate_limit_policy={"quota": str(2**63 - 1), "window": "60s"})
    assert wire.verify(vast)["is_valid"] and told(vast) is None


def test_batch_verify_has_no_cache_or_limit_headers_of_one_item(wire):
    secret = wire.issue(rate_limit_policy={"quota": "100", "window": "60s"})[1]
    body = {"requests": [{"credential": secret}]}
    answer = wire.answer("POST", f"{APIKEYS}:batchVerify", body)
    assert answer.json()["results"][0]["is_valid"]
    names = {"ory-talos-cache", "ratelimit-policy", "ratelimit", "retry-after"}
    assert not names & set(answer.headers)


def test_a_spent_budget_says_when_to_come_again(wire):
    spent = attenuate(wire.issue()[1], Budget("calls", 1, 60)).text
    first, second = (
        wire.answer("POST", f"{APIKEYS}:verify", {"credential": spent}) for _ in range(2)
    )
    assert "retry-after" not in first.headers
    assert re.fullmatch("[1-9][0-9]?", second.headers["retry-after"])


def test_an_issued_secret_is_kept_by_no_cache_and_its_place_is_told(wire):
    answer = wire.answer("POST", ISSUED)
    key_id = answer.json()["issued_api_key"]["key_id"]
    assert answer.headers["location"] == f"{ISSUED}/{key_id}"
    assert answer.headers["cache-control"] == "no-store"
    answer = wire.answer("POST", f"{ISSUED}/{key_id}:rotate")
    new = answer.json()["issued_api_key"]["key_id"]
    assert (answer.status_code, answer.headers["location"]) == (201, f"{ISSUED}/{new}")


@pytest.mark.parametrize(
    ("credential", "code"),
    [("", "INVALID_FORMAT"), ("x", "NOT_FOUND"), ("mz_ak_x", "NOT_FOUND"),
     ("ory_ak_v1_x_y", "NOT_FOUND"), ("mz_mc_x", "SIGNATURE_INVALID"),
     ("eyJh.e30.AA", "SIGNATURE_INVALID"), ("eyJh.e30", "NOT_FOUND"), ("x" * 8_192, "NOT_FOUND")],
)  # fmt: skip
def test_a_credential_is_routed_by_its_looks_and_a_broken_key_is_not_found(wire, credential, code):
    assert wire.code(credential) == code


def test_an_empty_credential_is_a_verdict_in_a_batch_as_alone(wire):
    body = {"requests": [{"credential": ""}, {}, {"credential": wire.issue()[1]}]}
    results = wire.call(200, "POST", f"{APIKEYS}:batchVerify", body)["results"]
    codes = [each.get("error_code", "ok") for each in results]
    assert codes == ["VERIFICATION_ERROR_INVALID_FORMAT"] * 2 + ["ok"]


def test_an_address_that_is_not_allowed_is_told_before_an_audience_that_is_not_named(wire):
    key_id, secret = wire.issue(ip_restriction={"allowed_cidrs": ["127.0.0.0/8"]})
    context = {"client_ip": "192.0.2.7"}
    for each in (secret, wire.derive(secret), wire.derive(secret, audiences=["b"])):
        assert wire.code(each, expected_audiences=["a"]) == "AUDIENCE_MISMATCH"
        assert wire.code(each, expected_audiences=["a"], context=context) == "IP_NOT_ALLOWED"


def test_an_expired_public_key_is_refused_as_every_expired_key(wire):
    _, public = wire.expire(visibility="KEY_VISIBILITY_PUBLIC")
    assert wire.reason(401, "POST", SELF, {"credential": public}) == "API_KEY_EXPIRED"


def test_a_revoked_key_keeps_the_expiry_that_it_had(wire):
    key_id, _ = wire.issue(ttl="1h")
    ends = wire.call(200, "GET", f"{ISSUED}/{key_id}")["expire_time"]
    wire.call(204, "POST", f"{ISSUED}/{key_id}:revoke", {"reason": REASON})
    assert wire.call(200, "GET", f"{ISSUED}/{key_id}")["expire_time"] == ends
