"""GET /v1/audit, 405: another method."""

from tests.server.routes.paths import AUDIT


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(AUDIT, "GET", "HEAD")
