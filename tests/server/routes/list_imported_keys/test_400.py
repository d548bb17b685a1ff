"""GET /v2alpha1/admin/importedApiKeys, 400: bad input, refused by field and rule."""

import pytest

from tests.server.routes.paths import IMPORTED, ISSUED


@pytest.mark.parametrize("query", ["page_size=ten", "filter=name=%22x%22", "page_token=junk"])
def test_list_400_for_what_it_does_not_understand(api, problem, query):
    problem(api.call("GET", f"{IMPORTED}?{query}"), 400, "BAD_REQUEST")


def test_list_400_for_a_page_token_of_the_issued_keys(api, problem):
    for number in range(2):
        api.issue()
        api.import_key(f"raw {number}")
    token = api.call("GET", ISSUED + "?page_size=1").json()["next_page_token"]
    problem(api.call("GET", f"{IMPORTED}?page_token={token}"), 400)
