"""GET /v1/cluster, 405: another method."""

from tests.server.routes.paths import CLUSTER


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(CLUSTER, "GET", "HEAD")
