"""DELETE /v2alpha1/admin/importedApiKeys/{key_id}, 405: another method."""

from tests.server.routes.paths import IMPORTED


def test_405_tells_in_allow_which_methods_there_are(refuses, subject):
    refuses.methods(f"{IMPORTED}/{subject.imported}", "DELETE", "GET", "HEAD", "PATCH")
