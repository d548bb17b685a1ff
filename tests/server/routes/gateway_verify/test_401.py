"""/v1/verify, 401: no good credential."""

from tests.server.routes.gateway_verify.asking import gate


def test_gateway_401_without_a_credential_says_no_error_code(api, problem):
    for headers in ({}, {"authorization": "Basic eDp5"}, {"authorization": "Bearer"}):
        answer = api.call("GET", "/v1/verify", key=None, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="marzipan"'
        assert answer.json()["error_code"] == "VERIFICATION_ERROR_INVALID_FORMAT"
        assert answer.headers["cache-control"] == "no-store"


def test_gateway_401_for_an_invalid_a_revoked_and_an_expired_credential(api, forge, clock, problem):
    key_id, revoked = api.issue()
    _, expired = api.issue(ttl="5s")
    api.call(
        "POST",
        f"/v2alpha1/admin/issuedApiKeys/{key_id}:revoke",
        {"reason": "REVOCATION_REASON_SUPERSEDED"},
    )
    clock.forward(5)
    cases = {"junk": "NOT_FOUND", forge.tail(revoked): "NOT_FOUND", forge.unknown(api): "NOT_FOUND"}
    cases |= {revoked: "REVOKED", expired: "EXPIRED", api.admin: "NOT_FOUND"}
    cases |= {forge.tail(api.narrow(revoked)): "SIGNATURE_INVALID"}
    for credential, code in cases.items():
        answer = gate(api, credential)
        assert answer.status_code == 401
        challenge = 'Bearer realm="marzipan", error="invalid_token"'
        assert answer.headers["www-authenticate"] == challenge
        told = answer.json()
        assert problem(answer, 401, "UNAUTHORIZED")
        assert told.pop("error")
        assert told == {
            "allowed": False,
            "error_code": f"VERIFICATION_ERROR_{code}",
            "caveat": None,
        }
        assert not [name for name in answer.headers if name.startswith("marzipan-key")]


def test_gateway_401_comes_before_a_stranger_has_the_database_asked_for_a_revision(
    api, forge, monkeypatch
):
    _, secret = api.issue()
    joined = []
    join = api.node.feed.join

    async def counted(timeout):
        joined.append(timeout)
        await join(timeout)

    monkeypatch.setattr(api.node.feed, "join", counted)
    path = "/v1/verify?min_revision=0:999999999999999999"
    for credential in ("junk", forge.tail(secret), api.admin):
        assert gate(api, credential, path).status_code == 401
    assert not joined
    assert gate(api, secret, path).status_code == 503 and joined
