"""Housekeeping forgets what is over, and never lets anything live again."""

import pytest

from server.changing import DAY
from server.forgetting import Forgetting

REVOKE = "/v1/tokens:revoke"


@pytest.fixture
def true_time(api, clock):
    """A node whose clocks agree: the time that passes is time that it lives through."""
    api.node.forgetting = Forgetting(api.node.now(), clock)


def test_what_outlived_its_key_is_forgotten_on_disk_and_in_memory(api, clock, true_time):
    _, secret = api.issue()
    token = api.derive(secret)
    assert api.call("POST", REVOKE, {"credential": token}, key=None).status_code == 200
    denylist = api.node.tenant.denylist
    clock.forward(api.settings.max_ttl + DAY)
    api.run(api.node.prune())
    assert len(api.log()) == 1  # expires now, not before now
    clock.forward(1)
    api.run(api.node.prune())
    assert api.log() == [] and len(denylist) == 0


@pytest.mark.parametrize("reopened", [False, True])
def test_a_prune_on_a_clock_years_ahead_lets_no_revoked_token_live_again(api, clock, reopened):
    key_id, secret = api.issue(ttl="300d")
    grant = api.derive(secret, ttl="200d")
    path = f"/v2alpha1/admin/issuedApiKeys/{key_id}:revoke"
    reason = {"reason": "REVOCATION_REASON_KEY_COMPROMISE"}
    assert api.call("POST", path, reason).status_code == 204
    clock.forward(3 * 365 * DAY)
    if reopened:
        api.reopen()
    api.run(api.node.prune())
    clock.forward(-3 * 365 * DAY)
    assert api.code(grant) == api.code(secret) == "REVOKED"
    api.reopen()
    assert api.code(grant) == api.code(secret) == "REVOKED"


def test_a_prune_of_a_tenant_leaves_what_is_needed_of_every_other(api, clock, true_time):
    api.call("POST", REVOKE, {"credential": api.derive(api.issue()[1])}, key=None)
    admin = api.admin_key("marzipan:read")
    api.call("POST", REVOKE, {"credential": admin}, key=None)
    clock.forward(DAY)
    api.run(api.node.prune())
    assert len(api.node.tenant.denylist) == len(api.node.system.denylist) == 1
    assert api.call("GET", "/v2alpha1/admin/issuedApiKeys", key=admin).status_code == 401


def test_a_prune_that_the_database_refuses_forgets_nothing_in_memory(api, clock, monkeypatch):
    token = api.derive(api.issue()[1])
    api.call("POST", REVOKE, {"credential": token}, key=None)
    api.node.forgetting = Forgetting(2**40, clock)

    async def lost(*_):
        raise OSError("gone")

    monkeypatch.setattr(api.node.store, "prune", lost)
    clock.forward(3 * 365 * DAY)
    with pytest.raises(OSError, match="gone"):
        api.run(api.node.prune())
    clock.forward(-3 * 365 * DAY)
    assert api.code(token) == "REVOKED"
