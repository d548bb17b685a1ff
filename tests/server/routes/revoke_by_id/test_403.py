"""POST /v1/revocations, 403: a credential that may not."""

from tests.server.routes.paths import REVOCATIONS


def test_403_without_the_scope_marzipan_admin_and_nothing_is_revoked(refuses, subject):
    refuses.powerless(
        "marzipan:admin", "POST", REVOCATIONS, {"revocation_id": "0" * 32, "key_id": subject.issued}
    )
