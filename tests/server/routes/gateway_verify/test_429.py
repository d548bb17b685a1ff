"""/v1/verify, 429: too much."""

from engine.caveats import Budget
from tests.server.routes.gateway_verify.asking import gate


def test_gateway_429_for_a_spent_budget_or_403_where_the_gateway_knows_no_429(api, clock, problem):
    _, secret = api.issue()
    token = api.narrow(secret, Budget("calls", 1, 60))
    assert gate(api, token).status_code == 200
    clock.forward(7)
    answer = gate(api, token)
    assert (answer.status_code, answer.headers["marzipan-status"]) == (429, "429")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    problem(answer, 429, "TOO_MANY_REQUESTS")
    assert "www-authenticate" not in answer.headers
    assert answer.json()["error_code"] == "VERIFICATION_ERROR_RATE_LIMITED"
    answer = gate(api, token, "/v1/verify?deny_as=403")
    assert (answer.status_code, answer.headers["marzipan-status"]) == (403, "429")
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert gate(api, "junk", "/v1/verify?deny_as=403").status_code == 401
