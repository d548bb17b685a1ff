"""POST /v2alpha1/apiKeys:selfRevoke, 405: another method."""

from tests.server.routes.paths import SELF_REVOKE


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(SELF_REVOKE, "POST")
