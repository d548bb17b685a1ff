"""GET /v1/keys/{key_id}/lineage, 503: the database is out of reach."""


def test_503_while_the_database_is_out_of_reach_and_nothing_is_done(refuses, subject):
    refuses.lost("GET", f"/v1/keys/{subject.issued}/lineage")
