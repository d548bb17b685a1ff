"""GET /v1/revocations, 405: another method."""

from tests.server.routes.paths import REVOCATIONS


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(REVOCATIONS, "GET", "HEAD", "POST")
