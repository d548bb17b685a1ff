"""POST /v2alpha1/admin/apiKeys:batchVerify, 401: no good credential."""

from tests.server.routes.paths import BATCH_VERIFY


def test_401_for_all_but_a_good_admin_key_and_nothing_is_verified(refuses, subject):
    refuses.strangers("POST", BATCH_VERIFY, {"requests": [{"credential": subject.credential}]})
