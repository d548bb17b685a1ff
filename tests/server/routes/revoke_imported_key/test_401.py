"""POST /v2alpha1/admin/importedApiKeys/{key_id}:revoke, 401: no good credential."""

from tests.server.routes.paths import IMPORTED
from tests.server.routes.revoke_imported_key.asking import COMPROMISE


def test_401_for_all_but_a_good_admin_key_and_nothing_is_revoked(refuses, subject):
    refuses.strangers("POST", f"{IMPORTED}/{subject.imported}:revoke", {"reason": COMPROMISE})
