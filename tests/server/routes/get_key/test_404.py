"""GET /v2alpha1/admin/issuedApiKeys/{key_id}, 404: what is not here."""

import pytest

from tests.server.routes.paths import ISSUED

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize("spelling", [NOBODY, "x", NOBODY.upper() + "a", "%20", "..%2fapiKeys"])
def test_get_404_for_an_unknown_id_in_any_spelling(api, problem, spelling):
    problem(api.call("GET", f"{ISSUED}/{spelling}"), 404, "API_KEY_NOT_FOUND")


def test_get_404_for_an_upper_case_id_and_for_an_admin_key(api, problem):
    key_id, _ = api.issue()
    admin = api.initialised.admin_key_id.hex()
    dashed = "-".join((admin[:8], admin[8:12], admin[12:16], admin[16:20], admin[20:]))
    problem(api.call("GET", f"{ISSUED}/{dashed}"), 404, "API_KEY_NOT_FOUND")
    if key_id != key_id.upper():
        problem(api.call("GET", f"{ISSUED}/{key_id.upper()}"), 404, "API_KEY_NOT_FOUND")
