"""POST /v1/tokens:explain, 405: another method."""

from tests.server.routes.paths import EXPLAIN


def test_405_tells_in_allow_which_methods_there_are(refuses):
    refuses.methods(EXPLAIN, "POST")
