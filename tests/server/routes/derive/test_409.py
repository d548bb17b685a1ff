"""POST /v2alpha1/admin/apiKeys:derive, 409: what stands against it."""

from tests.server.routes.derive.asking import derive, derive_jwt
from tests.server.routes.paths import ISSUED


def test_derive_403_or_409_after_the_grace_of_a_rotated_key(api, clock, problem):
    key_id, secret = api.issue()
    api.call("POST", f"{ISSUED}/{key_id}:rotate", {"grace": "60s"})
    answer = derive(api, secret)
    assert answer.json()["token"]["expire_time"] == "2027-01-15T08:01:00Z"
    clock.forward(60)
    assert derive(api, secret).status_code in (403, 409)


def test_derive_refuses_as_for_a_macaroon(api, clock, problem):
    key_id, secret = api.issue(scopes=["a"], ttl="1h")
    problem(derive_jwt(api, secret, scopes=["b"]), 403, "FORBIDDEN")
    problem(derive_jwt(api, secret, ttl="3601s"), 400, "BAD_REQUEST")
    problem(derive_jwt(api, secret[:-1]), 401, "SIGNATURE_INVALID")
    problem(derive_jwt(api, api.admin), 401, "SIGNATURE_INVALID")
    clock.forward(3600)
    problem(derive_jwt(api, secret), 409, "FAILED_PRECONDITION")
    key_id, secret = api.issue()
    api.call("POST", f"{ISSUED}/{key_id}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"})
    problem(derive_jwt(api, secret), 403, "FORBIDDEN")
