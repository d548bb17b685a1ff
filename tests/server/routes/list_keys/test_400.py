"""GET /v2alpha1/admin/issuedApiKeys, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.paths import ISSUED


@pytest.mark.parametrize(
    "query",
    [
        "page_size=ten",
        "page_size=1e3",
        "page_size=9999999999",
        "page_size=5&pageSize=5",
        "filter=name=%22x%22",
        "filter=status=KEY_STATUS_UNSPECIFIED",
        "filter=actor_id=%22a%22%20OR%20actor_id=%22b%22",
        "filter=actor_id=%22a%22%20AND%20actor_id=%22b%22",
        "page_token=junk",
        "page_token=" + "A" * 64,
        "filter=%00",
        "filter=%FF",
        "filter=%zz",
    ],
)
def test_list_400_for_what_it_does_not_understand(api, problem, query):
    error = problem(api.call("GET", f"{ISSUED}?{query}"), 400, "BAD_REQUEST")
    assert error["metadata"]["field"] in ("page_size", "filter", "page_token", "query")


def test_list_400_for_a_page_token_of_another_filter_or_a_changed_one(api, problem):
    for _ in range(3):
        api.issue(actor_id="a")
    token = api.call("GET", ISSUED + "?page_size=1").json()["next_page_token"]
    other = f"{ISSUED}?page_size=1&page_token={token}&filter=actor_id=%22a%22"
    assert problem(api.call("GET", other), 400)["metadata"]["field"] == "page_token"
    for place in (0, 30, len(token) - 1):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        problem(api.call("GET", f"{ISSUED}?page_token={changed}"), 400, "BAD_REQUEST")


def test_list_400_for_a_page_token_of_another_tenant_of_the_same_house(api, problem):
    for _ in range(2):
        api.issue()
    token = api.call("GET", ISSUED + "?page_size=1").json()["next_page_token"]
    api.reopen(tenant="acme")
    error = problem(api.call("GET", f"{ISSUED}?page_token={token}"), 400, "BAD_REQUEST")
    assert error["message"] == "page token network mismatch"
