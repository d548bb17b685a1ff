"""POST /v1/actors/{actor_id}:revoke, 403: a credential that may not."""

from tests.server.routes.lifecycle import REASON


def test_403_without_the_scope_marzipan_admin_and_nothing_is_revoked(refuses, subject):
    refuses.powerless("marzipan:admin", "POST", f"/v1/actors/{subject.actor}:revoke", REASON)
