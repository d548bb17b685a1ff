"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:rotate, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.rotate_key.asking import rotate


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"grace": "-1s"}, "grace"),
        ({"grace": "soon"}, "grace"),
        ({"grace": 60}, "grace"),
        ({"grace": "11y"}, "grace"),
        ({"scopes": ["marzipan:admin"]}, "scopes[0]"),
        ({"visibility": "x"}, "visibility"),
        ({"ip_restriction": {"allowed_cidrs": ["x"]}}, "ip_restriction.allowed_cidrs[0]"),
    ],
)
def test_rotate_400_names_the_field_and_the_old_key_lives(api, problem, body, field):
    key_id, secret = api.issue()
    assert problem(rotate(api, key_id, **body), 400)["metadata"]["field"] == field
    assert api.code(secret) == "ok" and api.keys() == 2
