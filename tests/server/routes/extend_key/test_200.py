"""A key may live longer than was said at first, never longer than max_ttl from its issue."""

import pytest

from engine import attenuate
from engine.caveats import Budget, MaxDepth
from server.changing import DAY
from server.forgetting import Forgetting
from tests.server.routes.lifecycle import KINDS, audited, codes, derived, done, made, shown

YEAR = 365 * DAY


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [{"ttl": "2h"}, {"expire_time": "2027-01-15T10:30:00Z"}])
def test_a_key_lives_until_the_new_end_and_no_second_longer(api, clock, kind, body):
    key_id, credential = made(api, kind, ttl="1h")
    assert api.code(credential) == "ok"  # its record is cached from here on
    clock.forward(1800)
    key = done(api, key_id, "extend", body)
    assert key["expire_time"] == ("2027-01-15T10:30:00Z")
    assert key["status"] == "KEY_STATUS_ACTIVE"
    clock.forward(1800)
    assert api.code(credential) == "ok"
    assert api.verify(credential)["expire_time"] == key["expire_time"]
    api.reopen()
    clock.forward(5399)
    assert api.code(credential) == "ok"
    clock.forward(1)
    assert api.code(credential) == "EXPIRED"
    assert shown(api, kind, key_id)["status"] == "KEY_STATUS_EXPIRED"


def test_what_was_narrowed_lives_on_with_it_and_what_was_derived_ends_when_it_was_to(api, clock):
    key_id, secret = api.issue(ttl="1h")
    narrowed, tokens = api.narrow(secret), derived(api, secret)
    done(api, key_id, "extend", {"ttl": "2h"})
    assert codes(api, *tokens) == ["ok"] * 3
    clock.forward(3600)
    assert codes(api, narrowed, *tokens) == ["ok"] + ["EXPIRED"] * 3


@pytest.mark.parametrize("body", [{"expire_time": "2028-01-15T08:00:00Z"}, {"ttl": "365d"}])
def test_the_latest_end_is_max_ttl_after_the_issue_to_the_second(api, body):
    key_id, _ = api.issue()
    assert done(api, key_id, "extend", body)["expire_time"] == "2028-01-15T08:00:00Z"


def test_the_audit_says_from_when_and_until_when(api):
    key_id, _ = api.issue(ttl="1h")
    done(api, key_id, "extend", {"ttl": "2h"})
    [row] = audited(api, "key.extend")
    assert row.target == key_id.replace("-", "")
    assert row.detail == b'{"from":"2027-01-15T09:00:00Z","to":"2027-01-15T10:00:00Z"}'
    assert api.log() == []


def test_a_suspended_key_may_be_extended_and_stays_suspended(api):
    key_id, secret = api.issue()
    done(api, key_id, "suspend")
    assert done(api, key_id, "extend", {"ttl": "60d"})["suspended"]
    assert api.code(secret) == "REVOKED"


def raise_max_ttl(api, clock):
    """A day before all that was issued under a max_ttl of 30 days would be over."""
    clock.forward(29 * DAY)
    api.reopen(max_ttl="365d")
    api.node.forgetting = Forgetting(api.node.now(), clock)
    api.admin = api.admin_key("marzipan:admin", "marzipan:verify", ttl=YEAR)


@pytest.mark.parametrize("route", ["possession", "id"])
def test_a_narrowed_key_that_was_revoked_stays_dead_though_the_key_is_extended_beyond_its_entry(
    open_api, clock, route
):
    api = open_api(max_ttl="30d")
    key_id, secret = api.issue()
    child = attenuate(secret, MaxDepth(1))
    narrowed = child.text
    if route == "possession":
        answer = api.call("POST", "/v1/tokens:revoke", {"credential": narrowed}, key=None)
    else:
        body = {"revocation_id": child.revocation_id.hex(), "key_id": key_id}
        answer = api.call("POST", "/v1/revocations", body)
    assert answer.status_code == 200, answer.text
    raise_max_ttl(api, clock)
    done(api, key_id, "extend", {"ttl": "300d"})
    clock.forward(100 * DAY)
    api.run(api.node.prune())
    for _ in range(2):
        assert codes(api, secret, narrowed) == ["ok", "REVOKED"]
        api.reopen()


def test_a_budget_that_was_spent_stays_spent_though_the_key_is_extended_beyond_its_end(
    open_api, clock
):
    api = open_api(max_ttl="30d")
    key_id, secret = api.issue()
    narrowed = api.narrow(secret, Budget("calls", 1, YEAR))
    assert codes(api, narrowed, narrowed) == ["ok", "RATE_LIMITED"]
    raise_max_ttl(api, clock)
    done(api, key_id, "extend", {"ttl": "300d"})
    clock.forward(100 * DAY)
    api.run(api.node.prune())
    assert codes(api, narrowed, secret) == ["RATE_LIMITED", "ok"]
