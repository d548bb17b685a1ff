"""GET /v1/revocations, 503: the database is out of reach."""

from tests.server.routes.paths import REVOCATIONS


def test_503_while_the_database_is_out_of_reach_and_nothing_is_listed(refuses):
    refuses.lost("GET", REVOCATIONS)
