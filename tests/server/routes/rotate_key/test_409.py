"""POST /v2alpha1/admin/issuedApiKeys/{key_id}:rotate, 409: what stands against it."""

import pytest

from engine import Kind, Revocation, actor_target, tenant_target
from storage.base import AuditEvent, Change, NewRevocation
from tests.server.routes.paths import ISSUED
from tests.server.routes.rotate_key.asking import rotate


def test_rotate_409_for_a_revoked_an_expired_and_an_already_rotated_key(api, clock, problem):
    revoked, _ = api.issue()
    api.call("POST", f"{ISSUED}/{revoked}:revoke", {"reason": "REVOCATION_REASON_SUPERSEDED"})
    expired, _ = api.issue(ttl="10s")
    in_grace, _ = api.issue()
    assert rotate(api, in_grace, grace="1h").status_code == 201
    clock.forward(10)
    keys, entries = api.keys(), api.log()
    for key_id in (revoked, expired, in_grace):
        problem(rotate(api, key_id), 409, "FAILED_PRECONDITION")
    assert api.keys() == keys and api.log() == entries


def test_rotate_409_of_a_key_in_its_grace_names_its_successor(api, problem):
    key_id, _ = api.issue()
    successor = rotate(api, key_id, grace="1h").json()["issued_api_key"]["key_id"]
    assert successor in problem(rotate(api, key_id), 409, "FAILED_PRECONDITION")["message"]


def test_rotate_409_for_a_key_whose_actor_was_revoked_so_that_nothing_outlives_it(
    api, problem, clock, revoke_actor
):
    key_id, _ = api.issue(actor_id="bot")
    clock.forward(5)
    revoke_actor(api, "bot")
    clock.forward(5)
    problem(rotate(api, key_id), 409, "FAILED_PRECONDITION")
    assert api.keys() == 2


@pytest.mark.parametrize("kind", [Kind.ACTOR, Kind.TENANT])
def test_rotate_409_where_another_node_has_revoked_the_key_and_this_one_has_not_heard_of_it(
    api, clock, problem, kind
):
    # The heir is stamped after that revocation, and would outlive it.
    key_id, _ = api.issue(actor_id="agent")
    target = tenant_target("default") if kind is Kind.TENANT else actor_target("default", "agent")
    kill = NewRevocation(
        revocation=Revocation(kind, target, api.node.now()), expires_at=api.node.now() + 86_400
    )
    event = AuditEvent(action="actor.revoke", caller="another node")
    change = Change(tenant="default", at_ms=api.node.now_ms(), audit=event, revoke=(kill,))
    api.run(api.node.store.commit(change))
    clock.forward(1)
    keys = api.keys()
    for grace in ({}, {"grace": "1h"}):
        problem(rotate(api, key_id, **grace), 409, "FAILED_PRECONDITION")
    assert api.keys() == keys
