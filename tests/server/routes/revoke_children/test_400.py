"""POST /v1/keys/{key_id}:revokeChildren, 400: bad input, refused by field and rule."""

import pytest


@pytest.mark.parametrize("spelling", ["%", "%zz", "%ff", "%00"])
def test_400_for_a_path_that_is_no_text_percent_encoded(api, problem, spelling):
    answer = api.call("POST", f"/v1/keys/{spelling}:revokeChildren")
    assert problem(answer, 400, "BAD_REQUEST")["metadata"]["field"] == "key_id"
