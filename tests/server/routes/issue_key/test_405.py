"""POST /v2alpha1/admin/issuedApiKeys, 405: another method."""

from tests.server.routes.paths import ISSUED


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(ISSUED, "GET", "HEAD", "POST")
