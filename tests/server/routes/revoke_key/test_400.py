"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:revoke, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.revoke_key.asking import SUPERSEDED, WITHDRAWN, revoke


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"),
        (b"", "reason"),
        ({"reason": "REVOCATION_REASON_UNSPECIFIED"}, "reason"),
        ({"reason": "because"}, "reason"),
        ({"reason": 1}, "reason"),
        (SUPERSEDED | {"description": "x"}, "description"),
        (WITHDRAWN | {"description": "x" * 501}, "description"),
        (WITHDRAWN | {"description": "\0"}, "description"),
    ],
)
def test_revoke_400_names_the_field_and_revokes_nothing(api, problem, body, field):
    key_id, secret = api.issue()
    assert problem(revoke(api, key_id, body), 400)["metadata"]["field"] == field
    assert api.code(secret) == "ok" and api.log() == []


def test_revoke_400_for_a_reason_that_is_none_lists_those_alone_that_are_taken(api, problem):
    key_id, _ = api.issue()
    rule = problem(revoke(api, key_id, {"reason": "because"}), 400)["metadata"]["rule"]
    listed = rule.removeprefix("must be one of ").split(", ")
    assert len(listed) == 4 and "REVOCATION_REASON_UNSPECIFIED" not in listed
    for word in listed:
        key_id, _ = api.issue()
        assert revoke(api, key_id, {"reason": word}).status_code == 204


def test_revoking_oneself_400_lists_no_reason_that_is_for_administrators(api, problem):
    _, secret = api.issue()
    for path, body in {
        "/v2alpha1/apiKeys:selfRevoke": {"credential": secret},
        "/v1/tokens:batchRevoke": {"credentials": [secret]},
    }.items():
        answer = api.call("POST", path, body | {"reason": "because"}, key=None)
        rule = problem(answer, 400)["metadata"]["rule"]
        assert "SUPERSEDED" in rule and "PRIVILEGE_WITHDRAWN" not in rule
