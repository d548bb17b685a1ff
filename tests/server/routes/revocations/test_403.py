"""GET /v1/revocations, 403: a credential that may not."""

from tests.server.routes.paths import REVOCATIONS


def test_403_without_the_scope_marzipan_read_and_nothing_is_listed(refuses):
    refuses.powerless("marzipan:read", "GET", REVOCATIONS)
