"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:revoke, 401: no good credential."""

from tests.server.routes.paths import ISSUED
from tests.server.routes.revoke_key.asking import SUPERSEDED


def test_401_for_all_but_a_good_admin_key_and_nothing_is_revoked(refuses, subject):
    refuses.strangers("POST", f"{ISSUED}/{subject.issued}:revoke", SUPERSEDED)
