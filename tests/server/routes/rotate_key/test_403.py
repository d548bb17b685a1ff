"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:rotate, 403: a credential that may not."""

from tests.server.routes.paths import ISSUED


def test_403_without_the_scope_marzipan_admin_and_nothing_is_rotated(refuses, subject):
    refuses.powerless(
        "marzipan:admin", "POST", f"{ISSUED}/{subject.issued}:rotate", {"grace": "60s"}
    )
