"""POST /v2alpha1/apiKeys:selfRevoke, 400: bad input, refused by field and rule."""

import pytest

from engine import seal
from tests.server.routes.paths import SELF_REVOKE
from tests.server.routes.revoke_key.asking import WITHDRAWN
from tests.server.routes.self_revoke.asking import self_revoke


def test_self_revoke_400_for_anything_below_a_key(api, problem):

    _, secret = api.issue()
    for token in (api.narrow(secret), api.derive(secret), seal(secret)):
        problem(self_revoke(api, token), 400, "DERIVED_TOKEN_NOT_REVOCABLE")
    assert api.code(secret) == "ok" and api.log() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "credential"),
        ({"credential": ""}, "credential"),
        ({"credential": "x" * 8193}, "credential"),
        ({"credential": "x", "reason": WITHDRAWN["reason"]}, "reason"),
        ({"credential": "x", "reason": "other"}, "reason"),
    ],
)
def test_self_revoke_400_names_the_field(api, problem, body, field):
    error = problem(api.call("POST", SELF_REVOKE, body, key=None), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == field


def test_400_for_what_is_not_a_bare_key(api, problem):
    _, secret = api.issue()
    for token in (api.derive(secret), api.narrow(secret), api.narrow(api.derive(secret))):
        problem(self_revoke(api, token), 400, "DERIVED_TOKEN_NOT_REVOCABLE")
    reason = "REVOCATION_REASON_PRIVILEGE_WITHDRAWN"
    problem(self_revoke(api, secret, reason=reason), 400)
    problem(self_revoke(api, ""), 400)
    assert api.code(secret) == "ok"
