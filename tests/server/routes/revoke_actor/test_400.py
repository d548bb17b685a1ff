"""A name that no key can have, and a body that says no reason, are refused and revoke nothing."""

import pytest

from tests.server.routes.lifecycle import REASON
from tests.server.routes.revoke_actor.acting import revoke

LEFT = "REVOCATION_REASON_AFFILIATION_CHANGED"


@pytest.mark.parametrize(
    ("actor", "body", "field"),
    [
        ("a" * 256, REASON, "actor_id"),
        ("é" * 129, REASON, "actor_id"),
        ("a\0", REASON, "actor_id"),
        ("ada", None, "reason"),
        ("ada", {"reason": "REVOCATION_REASON_UNSPECIFIED"}, "reason"),
        ("ada", {"reason": "because"}, "reason"),
        ("ada", {"reason": LEFT, "description": "left"}, "description"),
        ("ada", {"reason": LEFT, "description": 1}, "description"),
        ("ada", b"{", "body"),
    ],
)
def test_the_field_is_named_and_nothing_is_revoked(api, problem, actor, body, field):
    _, secret = api.issue(actor_id="ada")
    assert problem(revoke(api, actor, body), 400)["metadata"]["field"] == field
    assert api.log() == [] and api.code(secret) == "ok"


@pytest.mark.parametrize("segment", ["%", "%zz", "%FF", "a%00"])
def test_a_segment_that_is_no_percent_encoded_utf8_is_refused(api, problem, segment):
    problem(api.call("POST", f"/v1/actors/{segment}:revoke", REASON), 400)
    assert api.log() == []
