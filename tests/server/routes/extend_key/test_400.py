"""An end that can't be is refused with the field, the rule, and the latest end that can be."""

import pytest

from engine import Kind, Revocation, actor_target
from storage.base import AuditEvent, Change, NewRevocation
from tests.server.routes.lifecycle import act, written

OUTSIDE = {"expire_time": "2028-01-15T08:00:01Z"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (None, "ttl"),
        ({}, "ttl"),
        ({"ttl": None}, "ttl"),
        ({"ttl": "60d", "expire_time": "2027-06-01T00:00:00Z"}, "ttl"),
        ({"ttl": ""}, "ttl"),
        ({"ttl": "0s"}, "ttl"),
        ({"ttl": "-1d"}, "ttl"),
        ({"ttl": "60"}, "ttl"),
        ({"ttl": 60}, "ttl"),
        ({"ttl": "11y"}, "ttl"),
        ({"expire_time": ""}, "expire_time"),
        ({"expire_time": "tomorrow"}, "expire_time"),
        ({"expire_time": "2027-06-01T00:00:00"}, "expire_time"),
        ({"expire_time": 1_800_000_000}, "expire_time"),
        ({"expire_time": "0001-01-01T00:00:00+23:00"}, "expire_time"),
        ({"expire_time": "9999-12-31T23:59:59Z"}, "expire_time"),
        ({"expire_time": "1960-01-01T00:00:00Z"}, "expire_time"),
        (b"{", "body"),
    ],
)
def test_the_field_is_named_and_nothing_is_written(api, problem, body, field):
    key_id, _ = api.issue()
    before = written(api)
    assert problem(act(api, key_id, "extend", body), 400)["metadata"]["field"] == field
    assert written(api) == before


@pytest.mark.parametrize("body", [{"ttl": "30d"}, {"expire_time": "2027-02-14T08:00:00Z"}])
def test_an_end_that_is_no_later_is_refused_with_the_one_that_stands(api, problem, body):
    key_id, _ = api.issue(ttl="30d")
    error = problem(act(api, key_id, "extend", body), 400)
    assert error["metadata"]["field"] in body
    assert "2027-02-14T08:00:00Z" in error["metadata"]["rule"]


@pytest.mark.parametrize("body", [OUTSIDE, {"ttl": "366d"}])
def test_an_end_beyond_max_ttl_is_refused_with_the_latest_that_can_be(api, problem, body):
    key_id, _ = api.issue()
    error = problem(act(api, key_id, "extend", body), 400)
    assert error["metadata"]["field"] in body
    assert "2028-01-15T08:00:00Z" in error["metadata"]["rule"]


def test_max_ttl_counts_from_the_issue_and_not_from_now(api, clock, problem):
    key_id, _ = api.issue()
    clock.forward(86_400)
    problem(act(api, key_id, "extend", {"ttl": "365d"}), 400)
    assert act(api, key_id, "extend", {"ttl": "364d"}).status_code == 200


def test_a_key_that_a_wrong_clocks_revocation_put_forward_gains_nothing_by_it(api, problem):
    node, ahead = api.node, api.node.now() + 1000 * 86_400
    revocation = Revocation(Kind.ACTOR, actor_target("default", "ada"), ahead)
    entry = NewRevocation(revocation=revocation, expires_at=2**40)
    event = AuditEvent(action="test", caller="test")
    change = Change(tenant="default", at_ms=node.now_ms(), audit=event, revoke=(entry,))
    api.run(node.commit(change))
    key_id, secret = api.issue(actor_id="ada")
    assert api.code(secret) == "ok"
    problem(act(api, key_id, "extend", OUTSIDE), 400)
