"""GET /v1/audit/heads, 401: no good credential."""

from tests.server.routes.paths import AUDIT


def test_401_for_all_but_a_good_admin_key_and_nothing_is_told(refuses):
    refuses.strangers("GET", f"{AUDIT}/heads")
