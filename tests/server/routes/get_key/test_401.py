"""GET /v2alpha1/admin/issuedApiKeys/{key_id}, 401: no good credential."""

from tests.server.routes.paths import ISSUED


def test_401_for_all_but_a_good_admin_key_and_nothing_is_shown(refuses, subject):
    refuses.strangers("GET", f"{ISSUED}/{subject.issued}")
