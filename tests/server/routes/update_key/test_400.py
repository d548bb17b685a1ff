"""PATCH /v2alpha1/admin/issuedApiKeys/{key_id}, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.update_key.asking import FULL, patch


@pytest.mark.parametrize("mask", ["actor_id", "status", "metadata.k", "name,,", "*", "key_id"])
def test_update_400_for_a_mask_of_any_other_field(api, problem, mask):
    key_id, _ = api.issue(**FULL)
    error = problem(patch(api, key_id, {"name": "x"}, mask), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == "update_mask"
    assert api.get(key_id)["name"] == "before"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"scopes": ["marzipan:read"]}, "scopes[0]"),
        ({"name": 1}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"metadata": "x"}, "metadata"),
        ([1], "body"),
        (b"nope", "body"),
        ({"ip_restriction": {"allowed_cidrs": ["x"]}}, "ip_restriction.allowed_cidrs[0]"),
    ],
)
def test_update_400_names_the_field_and_changes_nothing(api, problem, body, field):
    key_id, _ = api.issue(**FULL)
    before = api.get(key_id)
    assert problem(patch(api, key_id, body), 400)["metadata"]["field"] == field
    assert api.get(key_id) == before and api.log() == []
