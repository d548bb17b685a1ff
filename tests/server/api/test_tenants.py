"""Tenants are apart: what is done with one tenant's authority reaches nothing of another's."""

import pytest

from engine import Kind, Revocation
from storage.base import AuditEvent, Change, NewRevocation

ISSUED = "/v2alpha1/admin/issuedApiKeys"
REVOKE = "/v1/tokens:revoke"


@pytest.fixture
def kill(api):
    """Writes a revocation as a tenant of this node, or of another one on the same database."""

    def kill(tenant, kind, target):
        entry = NewRevocation(
            revocation=Revocation(kind, target), expires_at=api.node.now() + 86_400
        )
        event = AuditEvent(action="test", caller="test")
        change = Change(tenant=tenant, at_ms=api.node.now_ms(), audit=event, revoke=(entry,))
        api.run(api.node.store.commit(change))
        api.reopen()

    return kill


@pytest.mark.parametrize("kind", [Kind.KEY, Kind.GRANT, Kind.BLOCK])
def test_an_entry_of_one_tenant_kills_nothing_of_another(api, kill, kind):
    admin = api.initialised.admin_key_id
    kill(api.node.tenant.name, kind, admin)
    assert api.call("GET", ISSUED).status_code == 200
    kill("elsewhere", kind, admin)
    assert api.call("GET", ISSUED).status_code == 200
    kill(api.node.system.name, Kind.KEY, admin)
    assert api.call("GET", ISSUED).status_code == 401


def test_a_grant_that_a_tenants_root_key_names_after_the_admin_key_leaves_it_alive(
    api, forge, problem
):
    _, secret = api.issue()
    token = forge.grant(api, secret, grant_id=api.initialised.admin_key_id)
    assert api.code(token) == "ok"
    assert api.call("POST", REVOKE, {"credential": token}, key=None).json()["revoked"] == "grant"
    assert api.code(token) == "REVOKED"
    assert api.call("GET", ISSUED).status_code == 200
    api.reopen()
    assert api.call("GET", ISSUED).status_code == 200
