"""POST /v2alpha1/admin/issuedApiKeys, 403: a credential that may not."""

from tests.server.routes.paths import ISSUED


def test_403_without_the_scope_marzipan_admin_and_nothing_is_issued(refuses):
    refuses.powerless("marzipan:admin", "POST", ISSUED, {"name": "new"})
