"""GET /v1/cluster, 403: a credential that may not."""

from tests.server.routes.paths import CLUSTER


def test_403_without_the_scope_marzipan_read_and_nothing_is_told(refuses):
    refuses.powerless("marzipan:read", "GET", CLUSTER)
