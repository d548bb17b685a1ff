"""POST /v2alpha1/admin/apiKeys:batchVerify, 405: another method."""

from tests.server.routes.paths import BATCH_VERIFY


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(BATCH_VERIFY, "POST")
