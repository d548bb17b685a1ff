"""Revoking credentials that were found: what is no batch."""

import pytest

BATCH = "/v1/tokens:batchRevoke"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "credentials"),
        ({"credentials": []}, "credentials"),
        ({"credentials": ["x"] * 101}, "credentials"),
        ({"credentials": "x"}, "credentials"),
        ({"credentials": ["x", 1]}, "credentials[1]"),
        ({"credentials": ["x"], "reason": "REVOCATION_REASON_PRIVILEGE_WITHDRAWN"}, "reason"),
        ({"credentials": ["x"], "reason": "LEAKED"}, "reason"),
        (b"[]", "body"),
        (b'{"credentials":["x"],"credentials":["y"]}', "body"),
    ],
)
def test_the_field_is_named_and_nothing_is_revoked(api, problem, body, field):
    answer = api.call("POST", BATCH, body, key=None)
    assert problem(answer, 400, "BAD_REQUEST")["metadata"]["field"] == field
    assert api.log() == []
