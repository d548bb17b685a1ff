"""POST /v2alpha1/admin/importedApiKeys:batchCreate, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.batch_import.asking import item, post
from tests.server.routes.paths import BATCH_IMPORT, IMPORTED


@pytest.mark.parametrize(
    ("raws", "status", "reason"),
    [
        (["there", "there too", ""], 409, "API_KEY_EXISTS"),
        (["", "", "there"], 400, "BAD_REQUEST"),
        (["eyJh.a.b", "mz_mc_x", ""], 409, "FAILED_PRECONDITION"),
        (["", "there"], 409, "API_KEY_EXISTS"),
        (["mz_mc_x", ""], 400, "BAD_REQUEST"),
    ],
)
def test_the_most_frequent_fault_is_the_answer_where_nothing_was_imported(
    api, problem, raws, status, reason
):
    api.import_key("there")
    api.import_key("there too")
    error = problem(post(api, *map(item, raws)), status, reason)
    assert f"None of {len(raws)} keys was imported" in error["message"]


def test_400_for_no_items_too_many_or_no_list(api, problem):
    bodies = [{}, {"requests": []}, {"requests": None}, {"requests": {}}, [], b"", b"x", b"\xff"]
    bodies.append({"requests": [item(str(n)) for n in range(1001)]})
    for body in bodies:
        problem(api.call("POST", BATCH_IMPORT, body), 400, "BAD_REQUEST")
    assert api.call("GET", IMPORTED).json()["imported_api_keys"] == []
