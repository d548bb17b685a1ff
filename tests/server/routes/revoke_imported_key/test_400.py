"""POST /v2alpha1/admin/importedApiKeys/{key_id}:revoke, 400: bad input, by field and rule."""

import pytest

from tests.server.routes.revoke_imported_key.asking import revoke


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": "REVOCATION_REASON_UNSPECIFIED"}, "reason"),
        ({"reason": "because"}, "reason"),
        ({"reason": 5}, "reason"),
        ({"description": "only for a withdrawn privilege"}, "description"),
    ],
)
def test_400_names_the_field_and_the_key_lives(api, problem, subject, body, field):
    error = problem(revoke(api, subject.imported, **body), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == field
    assert api.code(subject.raw_key) == "ok" and api.log() == []
