"""POST /v1/tokens:revoke, 405: another method."""

from tests.server.routes.paths import REVOKE


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(REVOKE, "POST")
