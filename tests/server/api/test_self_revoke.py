"""POST /v2alpha1/apiKeys:selfRevoke: by possession, for bare keys."""

PATH = "/v2alpha1/apiKeys:selfRevoke"


def revoke(api, credential, **fields):
    return api.call("POST", PATH, {"credential": credential, **fields}, key=None)


def test_200_kills_the_key_and_its_grants_and_again_is_200(api):
    _, secret = api.issue()
    grant = api.derive(secret)
    for _ in range(2):
        answer = revoke(api, secret, reason="REVOCATION_REASON_KEY_COMPROMISE")
        assert (answer.status_code, answer.json()) == (200, {})
    assert api.code(secret) == api.code(grant) == "REVOKED"
    assert len(api.log()) == 1


def test_400_for_what_is_not_a_bare_key(api, problem):
    _, secret = api.issue()
    for token in (api.derive(secret), api.narrow(secret), api.narrow(api.derive(secret))):
        problem(revoke(api, token), 400, "DERIVED_TOKEN_NOT_REVOCABLE")
    reason = "REVOCATION_REASON_PRIVILEGE_WITHDRAWN"
    problem(revoke(api, secret, reason=reason), 400)
    problem(revoke(api, ""), 400)
    assert api.code(secret) == "ok"


def test_401_for_an_expired_key_403_for_a_public_one_404_for_a_stranger(api, clock, problem, forge):
    _, public = api.issue(visibility="KEY_VISIBILITY_PUBLIC")
    problem(revoke(api, public), 403, "FORBIDDEN")
    for stranger in (forge.unknown(api), forge.foreign(), forge.tail(public), "x" * 100):
        problem(revoke(api, stranger), 404)
    _, short = api.issue(ttl="1s")
    clock.forward(1)
    problem(revoke(api, short), 401, "API_KEY_EXPIRED")
