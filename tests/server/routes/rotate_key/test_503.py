"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:rotate, 503: the database is out of reach."""

from tests.server.routes.paths import ISSUED


def test_503_while_the_database_is_out_of_reach_and_nothing_is_rotated(refuses, subject):
    refuses.lost("POST", f"{ISSUED}/{subject.issued}:rotate", {"grace": "60s"})
