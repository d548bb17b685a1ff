"""POST /v2alpha1/admin/apiKeys:batchVerify, 403: a credential that may not."""

from tests.server.routes.paths import BATCH_VERIFY


def test_403_without_the_scope_marzipan_verify_and_nothing_is_verified(refuses, subject):
    refuses.powerless(
        "marzipan:verify", "POST", BATCH_VERIFY, {"requests": [{"credential": subject.credential}]}
    )
