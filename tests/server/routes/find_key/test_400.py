"""GET /v1/keys/{key_id}, 400: bad input, refused by field and rule."""

import pytest


@pytest.mark.parametrize("spelling", ["%", "%zz", "%ff", "%00"])
def test_400_for_a_path_that_is_no_text_percent_encoded(api, problem, spelling):
    error = problem(api.call("GET", f"/v1/keys/{spelling}"), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == "key_id"
