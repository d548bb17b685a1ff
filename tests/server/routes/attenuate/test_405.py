"""POST /v1/tokens:attenuate, 405: another method."""

from tests.server.routes.paths import ATTENUATE


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(ATTENUATE, "POST")
