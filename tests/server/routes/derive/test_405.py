"""POST /v2alpha1/admin/apiKeys:derive, 405: another method."""

from tests.server.routes.paths import DERIVE


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(DERIVE, "POST")
