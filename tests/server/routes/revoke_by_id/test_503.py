"""POST /v1/revocations, 503: the database is out of reach."""

from tests.server.routes.paths import REVOCATIONS


def test_503_while_the_database_is_out_of_reach_and_nothing_is_revoked(refuses, subject):
    refuses.lost("POST", REVOCATIONS, {"revocation_id": "0" * 32, "key_id": subject.issued})
