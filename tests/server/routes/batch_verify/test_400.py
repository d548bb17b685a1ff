"""POST /v2alpha1/admin/apiKeys:batchVerify, 400: bad input, refused by field and rule."""

import pytest

from engine.caveats import Budget
from tests.server.routes.batch_verify.asking import batch


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"credential": "x" * 8193}, "requests[1].credential"),
        ({"context": {"nope": 1}}, "requests[1].context"),
        (5, "requests[1]"),
        (None, "requests[1]"),
    ],
)
def test_batch_verify_400_for_one_bad_item_judges_none_of_them(api, problem, item, field):
    _, secret = api.issue()
    token = api.narrow(secret, Budget("calls", 1, 60))
    error = problem(batch(api, {"credential": token}, item), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == field
    assert api.code(token) == "ok"
