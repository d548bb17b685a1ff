"""GET /.well-known/jwks.json, 405: another method."""

from tests.server.routes.paths import JWKS


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(JWKS, "GET", "HEAD")
