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
