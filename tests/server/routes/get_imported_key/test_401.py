"""GET /v2alpha1/admin/importedApiKeys/{key_id}, 401: no good credential."""

from tests.server.routes.paths import IMPORTED


def test_401_for_all_but_a_good_admin_key_and_nothing_is_shown(refuses, subject):
    refuses.strangers("GET", f"{IMPORTED}/{subject.imported}")
