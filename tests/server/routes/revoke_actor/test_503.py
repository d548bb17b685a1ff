"""POST /v1/actors/{actor_id}:revoke, 503: the database is out of reach."""

from tests.server.routes.lifecycle import REASON


def test_503_while_the_database_is_out_of_reach_and_nothing_is_revoked(refuses, subject):
    refuses.lost("POST", f"/v1/actors/{subject.actor}:revoke", REASON)
