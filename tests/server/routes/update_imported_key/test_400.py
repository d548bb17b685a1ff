"""PATCH /v2alpha1/admin/importedApiKeys/{key_id}, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.update_imported_key.asking import patch


@pytest.mark.parametrize("field", ["raw_key", "digest", "key_id", "actor_id", "visibility", "ttl"])
def test_400_for_a_mask_with_what_never_changes(api, problem, field):
    key_id = api.import_key("raw")
    problem(patch(api, key_id, {}, field), 400, "BAD_REQUEST")
