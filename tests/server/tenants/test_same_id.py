"""Two tenants may have keys of one id: what becomes of one says nothing of the other."""

import uuid

import msgspec
import pytest

from storage.base import AuditEvent, Change
from tests.server.api.conftest import ISSUED

WHY = {"reason": "REVOCATION_REASON_SUPERSEDED"}


@pytest.fixture
def twins(api, acme, globex, forge):
    """A key of acme, and one of globex with its very id."""
    key_id, secret = acme.issue(actor_id="owner", scopes=["a"])
    row = api.run(api.node.store.get("acme", uuid.UUID(key_id).bytes))
    twin = msgspec.structs.replace(row, tenant="globex", name="twin", revision=0)
    event = AuditEvent(action="key.issue", caller="test", target=row.key_id.hex())
    change = Change(tenant="globex", at_ms=api.node.now_ms(), audit=event, insert=(twin,))
    api.run(api.node.commit(change))
    other = forge.key(secret, globex.tenant.keys)
    assert acme.code(secret) == globex.code(other) == "ok"
    return key_id, secret, other


def test_a_credential_is_good_for_the_tenant_it_was_made_for_alone(acme, globex, twins):
    _, secret, other = twins
    assert acme.code(other) == globex.code(secret) == "NOT_FOUND"


@pytest.mark.parametrize("act", ["revoke", "delete by possession", "suspend", "children", "rotate"])
def test_what_ends_one_leaves_the_other_alive(api, acme, globex, twins, act):
    key_id, secret, other = twins
    grant, theirs = acme.derive(secret), globex.derive(other)
    method, path, body = {
        "revoke": ("POST", f"{ISSUED}/{key_id}:revoke", WHY),
        "delete by possession": ("POST", "/v1/tokens:revoke", {"credential": secret}),
        "suspend": ("POST", f"/v1/keys/{key_id}:suspend", None),
        "children": ("POST", f"/v1/keys/{key_id}:revokeChildren", None),
        "rotate": ("POST", f"{ISSUED}/{key_id}:rotate", {}),
    }[act]
    assert acme.call(method, path, body).status_code in (200, 201, 204)
    assert acme.code(grant) == "REVOKED"
    assert globex.code(other) == globex.code(theirs) == "ok"
    api.reopen()
    assert acme.code(grant) == "REVOKED"
    assert globex.code(other) == globex.code(theirs) == "ok"


def test_the_rows_are_shown_and_changed_apart(acme, globex, twins):
    key_id, _, _ = twins
    assert acme.call("PATCH", f"{ISSUED}/{key_id}", {"name": "new"}).status_code == 200
    assert acme.call("GET", f"{ISSUED}/{key_id}").json()["name"] == "new"
    assert globex.call("GET", f"{ISSUED}/{key_id}").json()["name"] == "twin"


def test_last_uses_are_apart(api, acme, globex, twins):
    key_id, _, other = twins
    api.run(api.node.flush_uses())
    api.clock.forward(100)
    assert globex.code(other) == "ok"
    api.run(api.node.flush_uses())
    ours, theirs = (at.call("GET", f"{ISSUED}/{key_id}").json() for at in (globex, acme))
    assert ours["last_used_time"] > theirs["last_used_time"]
