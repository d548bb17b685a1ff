"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:revoke, 503: the database is out of reach."""

from tests.server.routes.paths import ISSUED
from tests.server.routes.revoke_key.asking import SUPERSEDED


def test_503_while_the_database_is_out_of_reach_and_nothing_is_revoked(refuses, subject):
    refuses.lost("POST", f"{ISSUED}/{subject.issued}:revoke", SUPERSEDED)
