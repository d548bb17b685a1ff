"""GET /v1/revocations, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.paths import REVOCATIONS


@pytest.mark.parametrize(
    "query",
    ["aftr=0,0,0,0,0,0,0,0", "page_size=5&limit=1", "after=x", "after=-1,0,0,0,0,0,0,0"]
    + [f"after={odd},0,0,0,0,0,0,0" for odd in ("%C2%B2", "%D9%A3", "%E2%91%A0", "+1", "1_0", "")]
    + ["after=9999999999999999999,0,0,0,0,0,0,0"],
)
def test_revocations_400_for_a_query_it_does_not_know_since_a_misspelt_one_would_begin_anew(
    api, problem, query
):
    problem(api.call("GET", f"{REVOCATIONS}?{query}"), 400, "BAD_REQUEST")


@pytest.mark.parametrize("wait", ["x", "61s", "-1s", "1y", "25"])
def test_revocations_400_for_a_wait_that_is_no_duration_or_too_long(api, problem, wait):
    error = problem(api.call("GET", f"{REVOCATIONS}?wait={wait}"), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] == "wait"
