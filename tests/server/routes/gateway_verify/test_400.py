"""/v1/verify, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.gateway_verify.asking import gate


def test_gateway_400_shows_no_name_of_a_parameter_that_could_be_a_credential(api, problem):
    _, secret = api.issue()
    error = problem(gate(api, None, f"/v1/verify?{secret}=1"), 400)
    assert secret not in str(error) and secret[20:60] not in str(error)


@pytest.mark.parametrize(
    "query",
    ["scopes=a", "x=1", "scope=a&scope=b", "tool=%FF", "tool=%zz", "scope=", "scope=+", "audience="]
    + ["tool=", "resource", "deny_as=", "deny_as=401", "scope=a&audience="]
    + ["scope=" + "+".join(["a"] * 33)],
)
def test_gateway_400_for_a_query_it_does_not_know_since_a_misspelt_one_would_require_nothing(
    api, problem, query
):
    _, secret = api.issue()
    problem(gate(api, secret, f"/v1/verify?{query}"), 400, "BAD_REQUEST")
