"""GET /health/alive and /health/ready, 503: the database is out of reach."""


def test_503_while_the_database_is_out_of_reach(refuses):
    refuses.lost("GET", "/health/ready", key=None)
