"""DELETE /v2alpha1/admin/importedApiKeys/{key_id}, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.delete_imported_key.asking import delete


@pytest.mark.parametrize("spelling", ["%", "%zz", "%ff", "%00"])
def test_400_for_a_path_that_is_no_text_percent_encoded(api, problem, spelling):
    error = problem(delete(api, spelling), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == "key_id"
