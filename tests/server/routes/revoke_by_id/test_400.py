"""POST /v1/revocations, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.revoke_by_id.asking import add


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "grant_id"),
        ({"grant_id": "0" * 32, "revocation_id": "0" * 32}, "grant_id"),
        ({"revocation_id": "0" * 32}, "key_id"),
        ({"grant_id": "x"}, "grant_id"),
        ({"grant_id": "A" * 32}, "grant_id"),
        ({"revocation_id": "0" * 31, "key_id": "0" * 32}, "revocation_id"),
        ({"grant_id": "0" * 32, "key_id": "0" * 33}, "key_id"),
        ({"grant_id": "0" * 32, "reason": "because"}, "reason"),
        ({"grant_id": 1}, "grant_id"),
    ],
)
def test_a_400_names_the_field_and_revokes_nothing(api, problem, body, field):
    assert problem(add(api, **body), 400)["metadata"]["field"] == field
    assert api.log() == []
