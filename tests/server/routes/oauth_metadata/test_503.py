"""GET /.well-known/oauth-authorization-server, 503: the database is out of reach."""


def test_503_while_the_database_is_out_of_reach_and_nothing_is_done(refuses):
    refuses.lost("GET", "/.well-known/oauth-authorization-server", key=None)
