"""POST /v2alpha1/admin/importedApiKeys/{key_id}:revoke, 403: a credential that may not."""

from tests.server.routes.paths import IMPORTED
from tests.server.routes.revoke_imported_key.asking import COMPROMISE


def test_403_without_the_scope_marzipan_admin_and_nothing_is_revoked(refuses, subject):
    refuses.powerless(
        "marzipan:admin", "POST", f"{IMPORTED}/{subject.imported}:revoke", {"reason": COMPROMISE}
    )
