"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:revoke, 403: a credential that may not."""

from tests.server.routes.paths import ISSUED
from tests.server.routes.revoke_key.asking import SUPERSEDED


def test_403_without_the_scope_marzipan_admin_and_nothing_is_revoked(refuses, subject):
    refuses.powerless("marzipan:admin", "POST", f"{ISSUED}/{subject.issued}:revoke", SUPERSEDED)
