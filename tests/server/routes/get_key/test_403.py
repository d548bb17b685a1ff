"""GET /v2alpha1/admin/issuedApiKeys/{key_id}, 403: a credential that may not."""

from tests.server.routes.paths import ISSUED


def test_403_without_the_scope_marzipan_read_and_nothing_is_shown(refuses, subject):
    refuses.powerless("marzipan:read", "GET", f"{ISSUED}/{subject.issued}")
