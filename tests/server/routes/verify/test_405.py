"""POST /v2alpha1/admin/apiKeys:verify, 405: another method."""

from tests.server.routes.paths import VERIFY


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(VERIFY, "POST")
