"""POST /v1/revocations, 401: no good credential."""

from tests.server.routes.paths import REVOCATIONS


def test_401_for_all_but_a_good_admin_key_and_nothing_is_revoked(refuses, subject):
    refuses.strangers("POST", REVOCATIONS, {"revocation_id": "0" * 32, "key_id": subject.issued})
