"""GET /v2alpha1/admin/importedApiKeys/{key_id}, 403: a credential that may not."""

from tests.server.routes.paths import IMPORTED


def test_403_without_the_scope_marzipan_read_and_nothing_is_shown(refuses, subject):
    refuses.powerless("marzipan:read", "GET", f"{IMPORTED}/{subject.imported}")
