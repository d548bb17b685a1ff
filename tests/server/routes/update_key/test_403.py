"""PATCH /v2alpha1/admin/issuedApiKeys/{key_id}, 403: a credential that may not."""

from tests.server.routes.paths import ISSUED


def test_403_without_the_scope_marzipan_admin_and_nothing_is_changed(refuses, subject):
    refuses.powerless("marzipan:admin", "PATCH", f"{ISSUED}/{subject.issued}", {"name": "new"})
