"""POST /v1/actors/{actor_id}:revoke, 401: no good credential."""

from tests.server.routes.lifecycle import REASON


def test_401_for_all_but_a_good_admin_key_and_nothing_is_revoked(refuses, subject):
    refuses.strangers("POST", f"/v1/actors/{subject.actor}:revoke", REASON)
