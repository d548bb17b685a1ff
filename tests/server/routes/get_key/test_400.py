"""GET /v2alpha1/admin/issuedApiKeys/{key_id}, 400: bad input, refused by field and rule."""

from tests.server.routes.paths import ISSUED


def test_get_400_for_a_path_that_is_no_percent_encoding(api, problem):
    problem(api.call("GET", f"{ISSUED}/%FF"), 400, "BAD_REQUEST")
