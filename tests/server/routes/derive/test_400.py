"""POST /v2alpha1/admin/apiKeys:derive, 400: bad input, refused by field and rule."""

import pytest

from engine import seal
from engine.caveats import MaxDepth
from tests.server.routes.derive.asking import JWT, MACAROON, derive, derive_jwt
from tests.server.routes.paths import DERIVE


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


def test_derive_400_from_a_jwt_whether_genuine_forged_or_foreign(api, problem):
    _, secret = api.issue()
    token = derive_jwt(api, secret).json()["token"]["token"]
    for credential in (token, token[:-4] + "AAAA", "eyJhbGciOiJub25lIn0.e30.x"):
        for algorithm in ("TOKEN_ALGORITHM_JWT", "TOKEN_ALGORITHM_MACAROON"):
            answer = derive_jwt(api, credential, algorithm=algorithm)
            problem(answer, 400, "INVALID_TOKEN_TYPE")


def test_derive_400_from_all_but_a_bare_key_also_as_a_jwt(api, problem):
    _, secret = api.issue()
    for token in (api.narrow(secret), seal(secret), api.derive(secret)):
        problem(derive_jwt(api, token, **JWT), 400, "INVALID_TOKEN_TYPE")


def test_derive_400_for_a_token_above_8192_bytes(api, problem):
    _, secret = api.issue(metadata={"k": "x" * 9_000})
    error = problem(derive_jwt(api, secret), 400, "BAD_REQUEST")
    assert "8192" in error["message"]
    _, secret = api.issue()
    token = derive_jwt(api, secret, custom_claims={"a": "x" * 5_400}).json()["token"]["token"]
    assert 7_000 < len(token) <= 8_192 and api.code(token) == "ok"
