"""POST /v1/tokens:inspect, 405: another method."""

from tests.server.routes.paths import INSPECT


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(INSPECT, "POST")
