"""GET /v2alpha1/admin/issuedApiKeys/{key_id}, 405: another method."""

from tests.server.routes.paths import ISSUED


def test_405_tells_in_allow_which_methods_there_are(refuses, subject):
    refuses.methods(f"{ISSUED}/{subject.issued}", "GET", "HEAD", "PATCH")
