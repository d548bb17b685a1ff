"""POST /v1/actors/{actor_id}:revoke, 503: the database is out of reach."""


def test_503_while_the_database_is_out_of_reach_and_nothing_is_done(refuses, subject):
    refuses.lost(
        "POST", f"/v1/actors/{subject.actor}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"}
    )
