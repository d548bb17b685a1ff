"""POST /v2alpha1/admin/apiKeys:verify, 401: no good credential."""

from tests.server.routes.paths import VERIFY


def test_401_for_all_but_a_good_admin_key_and_nothing_is_verified(refuses, subject):
    refuses.strangers("POST", VERIFY, {"credential": subject.credential})
