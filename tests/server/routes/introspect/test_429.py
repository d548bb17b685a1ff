"""Introspection: what is too large, and an admin key whose budget is spent."""

from engine.caveats import Budget
from server.urlencoded import LIMIT
from tests.server.routes.oauthcalls import INTROSPECT, basic, post, refused


def test_a_form_over_the_limit_is_refused(api):
    assert post(api, INTROSPECT, b"token=" + b"x" * (LIMIT - 6)).status_code == 200
    answer = post(api, INTROSPECT, b"token=" + b"x" * (LIMIT - 5))
    assert str(LIMIT) in refused(answer, 429, "invalid_request")


def test_a_spent_budget_of_the_admin_key_says_when(api):
    headers = basic(api.narrow(api.admin, Budget("calls", 1, 60)))
    assert post(api, INTROSPECT, {"token": "x"}, headers=headers, key=None).status_code == 200
    answer = post(api, INTROSPECT, {"token": "x"}, headers=headers, key=None)
    refused(answer, 429, "temporarily_unavailable")
    assert answer.headers["retry-after"] == "60"
