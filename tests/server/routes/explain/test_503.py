"""POST /v1/tokens:explain, 503: the database is out of reach."""

from tests.server.routes.paths import EXPLAIN


def test_503_while_the_database_is_out_of_reach_and_nothing_is_explained(refuses, subject):
    refuses.lost("POST", EXPLAIN, {"credential": subject.credential})
