"""GET /v1/cluster, 503: the database is out of reach."""

from tests.server.routes.paths import CLUSTER


def test_503_while_the_database_is_out_of_reach_and_nothing_is_told(refuses):
    refuses.lost("GET", CLUSTER)
