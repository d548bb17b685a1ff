"""POST /v1/tokens:revoke, 503: the database is out of reach."""

from tests.server.routes.paths import REVOKE


def test_503_while_the_database_is_out_of_reach_and_nothing_is_revoked(refuses, subject):
    refuses.lost("POST", REVOKE, {"credential": subject.credential}, key=None)
