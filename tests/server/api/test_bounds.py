"""What a caller chooses bounds nothing of ours: no number, time or name is a fault or a hoard."""

import pytest

from engine import Kind, Revocation, actor_target
from engine.caveats import Budget, Window
from server.changing import DAY
from server.forgetting import Forgetting
from storage.base import AuditEvent, Change, NewRevocation

LATEST = 2**63 - 1
NOW = 1_800_000_000


@pytest.mark.parametrize("part", ["%C2%B2", "%D9%A1", "-1", "1" * 19, "", "+1", "1e1"])
def test_positions_that_are_no_digits_are_a_400(api, problem, part):
    after = ",".join([part] * 8)
    problem(api.call("GET", f"/v1/revocations?after={after}"), 400, "BAD_REQUEST")
    assert api.call("GET", f"/v1/revocations?after={','.join(['9' * 18] * 8)}").status_code == 200


@pytest.mark.parametrize("length", [b"9" * 20, b"9" * 5000, b"4194305"])
def test_a_length_too_great_to_be_read_is_too_large(api, problem, length):
    sent = [(b"content-length", length)]
    path = "/v2alpha1/apiKeys:selfRevoke"
    problem(api.call("POST", path, b"{}", key=None, headers=sent), 429, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize("window", [LATEST, 10**12])
def test_a_budget_without_end_is_forgotten_a_day_after_its_token_ended(api, clock, window):
    api.node.forgetting = Forgetting(api.node.now(), clock)
    _, secret = api.issue()
    token = api.narrow(api.derive(secret, ttl="1h"), Budget("calls", 2, window))
    assert [api.code(token) for _ in range(3)] == ["ok", "ok", "RATE_LIMITED"]
    clock.forward(3599)
    assert api.code(token) == "RATE_LIMITED"
    clock.forward(DAY + 3)
    assert api.run(api.node.store.prune(api.node.forgetting.until(api.node.now()))) == 1


def test_a_budget_outlasts_every_sibling_though_a_short_lived_one_began_it(api, clock):
    _, secret = api.issue(ttl="30d")
    for root in (secret, api.derive(secret, ttl="20d")):
        now = api.node.now()
        parent = api.narrow(root, Budget("calls", 1, LATEST))
        child = api.narrow(parent, Window(0, now + 60))
        assert api.code(child) == "ok"
        assert api.code(parent) == "RATE_LIMITED"
        clock.forward(4 * DAY)
        assert api.code(parent) == "RATE_LIMITED"


def test_a_window_of_a_day_or_less_is_kept_to_the_second(api, clock):
    _, secret = api.issue()
    token = api.narrow(api.derive(secret, ttl="2h"), Budget("calls", 1, 3600))
    assert [api.code(token) for _ in range(2)] == ["ok", "RATE_LIMITED"]
    clock.forward(3599)
    assert api.code(token) == "RATE_LIMITED"
    clock.forward(1)
    assert api.code(token) == "ok"


def test_a_key_put_forward_by_a_revocation_of_a_wrong_clock_lives_no_longer_for_it(api, clock):
    ahead = NOW + 1000 * DAY
    target = actor_target("default", "ada")
    entry = NewRevocation(revocation=Revocation(Kind.ACTOR, target, ahead), expires_at=2**40)
    event = AuditEvent(action="test", caller="test")
    change = Change(tenant="default", at_ms=NOW * 1000, audit=event, revoke=(entry,))
    api.run(api.node.commit(change))
    key_id, secret = api.issue(actor_id="ada", ttl="1h")
    assert api.code(secret) == "ok"
    assert api.get(key_id)["expire_time"] == "2027-01-15T09:00:00Z"
    clock.forward(3600)
    assert api.code(secret) == "EXPIRED"
