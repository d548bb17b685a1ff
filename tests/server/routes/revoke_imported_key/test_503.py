"""POST /v2alpha1/admin/importedApiKeys/{key_id}:revoke, 503: the database is out of reach."""

from tests.server.routes.paths import IMPORTED
from tests.server.routes.revoke_imported_key.asking import COMPROMISE


def test_503_while_the_database_is_out_of_reach_and_nothing_is_revoked(refuses, subject):
    refuses.lost("POST", f"{IMPORTED}/{subject.imported}:revoke", {"reason": COMPROMISE})
