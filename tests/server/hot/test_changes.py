"""The very next answer after a change is the new one, whatever the hot road had kept before."""

import json

import pytest

from engine import caveats, inspect
from server import adminkeys
from server.auth import VERIFY
from tests.server.api.conftest import APIKEYS, ISSUED

REASON = {"reason": "REVOCATION_REASON_SUPERSEDED"}


def told(both, credential, **how):
    """The answer of the hot road, which is that of the ordinary one."""
    request = both.request(credential, **how)
    answer = both.hot(request)
    assert both.ordinary(request) == answer
    head, _, rest = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(rest.partition(b"HTTP/1.1")[0])


@pytest.fixture
def warm(both):
    """A key's id and all that is its, each answered at once already."""
    key_id, secret = both.api.issue(scopes=["a", "b"], metadata={"plan": "silver"})
    grant = both.api.derive(secret)
    all_ = [secret, grant, both.api.narrow(secret), both.api.narrow(grant)]
    for each in all_:
        both.at_once(both.request(each))
    return key_id, all_


def test_a_revoked_key_is_refused_with_all_that_is_its(both, warm):
    key_id, all_ = warm
    assert both.api.call("POST", f"{ISSUED}/{key_id}:revoke", REASON).status_code == 204
    for each in all_:
        assert told(both, each)[1]["error_code"] == "VERIFICATION_ERROR_REVOKED"


def test_a_suspended_key_is_refused_until_it_is_resumed(both, warm):
    key_id, all_ = warm
    assert both.api.call("POST", f"/v1/keys/{key_id}:suspend", {}).status_code == 200
    assert told(both, all_[0])[1]["is_valid"] is False
    assert told(both, all_[2])[1]["is_valid"] is False
    assert both.api.call("POST", f"/v1/keys/{key_id}:resume", {}).status_code == 200
    assert told(both, all_[0])[1]["is_valid"] is True


def test_a_narrowed_key_is_as_narrow_as_it_is_now(both, warm):
    key_id, all_ = warm
    path = f"{ISSUED}/{key_id}?update_mask=scopes,metadata"
    patch = {"scopes": ["a"], "metadata": {"plan": "gold"}}
    assert both.api.call("PATCH", path, patch).status_code == 200
    for each in (all_[0], all_[2]):
        answer = told(both, each)[1]
        assert (answer["scopes"], answer["metadata"]) == (["a"], {"plan": "gold"})
    for each in (all_[1], all_[3]):
        assert told(both, each)[1]["is_valid"] is False  # its generation is gone


def test_a_network_that_is_added_is_asked_for(both, warm):
    key_id, all_ = warm
    path = f"{ISSUED}/{key_id}?update_mask=ip_restriction"
    patch = {"ip_restriction": {"allowed_cidrs": ["192.0.2.0/24"]}}
    assert both.api.call("PATCH", path, patch).status_code == 200
    for each in all_:
        assert told(both, each)[1]["is_valid"] is False


def test_a_limit_that_is_added_counts_for_the_key_and_for_what_is_derived(both, warm):
    key_id, all_ = warm
    path = f"{ISSUED}/{key_id}?update_mask=rate_limit_policy"
    patch = {"rate_limit_policy": {"quota": "5", "window": "60s"}}
    assert both.api.call("PATCH", path, patch).status_code == 200
    live = [each for each in all_ if json.loads(_body(both, each))["is_valid"]]
    assert live  # each took one
    before = both.answered
    codes = [json.loads(_body(both, live[-1])).get("error_code", "ok") for _ in range(6)]
    assert codes[-1] == "VERIFICATION_ERROR_RATE_LIMITED"
    assert both.answered == before


def _body(both, credential):
    answer = both.hot(both.request(credential))
    return answer.partition(b"\r\n\r\n")[2].partition(b"HTTP/1.1")[0]


def test_a_limit_that_is_raised_counts_for_what_was_derived_before(both):
    limited = {"rate_limit_policy": {"quota": "1000", "window": "60s"}}
    key_id, secret = both.api.issue(**limited)
    grant = both.api.derive(secret)
    assert "rate_limit_remaining" in json.loads(_body(both, grant))
    assert both.answered == 0


def test_a_rotated_key_is_dead_and_its_successor_lives(both, warm):
    key_id, all_ = warm
    answer = both.api.call("POST", f"{ISSUED}/{key_id}:rotate", {})
    assert answer.status_code in (200, 201), answer.text
    both.at_once(both.request(answer.json()["secret"]))
    told(both, all_[0])


def test_children_that_are_revoked_are_dead_and_the_key_lives(both, warm):
    key_id, all_ = warm
    assert both.api.call("POST", f"/v1/keys/{key_id}:revokeChildren", {}).status_code == 200
    assert [told(both, each)[1]["is_valid"] for each in all_] == [True, False, True, False]


def test_a_link_that_is_revoked_takes_none_of_the_others_with_it(both, warm):
    _, all_ = warm
    answer = both.api.call("POST", "/v1/tokens:revoke", {"credential": all_[3]}, key=None)
    assert answer.status_code == 200, answer.text
    assert [told(both, each)[1]["is_valid"] for each in all_] == [True, True, True, False]


def test_an_epoch_that_is_raised_ends_all_that_was(both, warm):
    _, all_ = warm
    both.api.node._raise_epoch("default", 1)
    for each in all_:
        assert told(both, each)[1]["is_valid"] is False


def test_an_actor_that_is_revoked_has_no_key_left(both, revoke_actor):
    _, secret = both.api.issue(actor_id="owner")
    both.at_once(both.request(secret))
    revoke_actor(both.api, "owner")
    assert told(both, secret)[1]["is_valid"] is False


def test_a_key_that_expires_is_refused_in_that_second(both):
    _, secret = both.api.issue(ttl="60s")
    both.api.clock.forward(59)
    both.at_once(both.request(secret))
    both.api.clock.forward(1)
    assert told(both, secret)[1]["error_code"] == "VERIFICATION_ERROR_EXPIRED"


def test_an_admin_key_that_is_revoked_asks_for_nothing_any_more(both, warm):
    _, all_ = warm
    admin = both.api.admin_key(VERIFY)
    for key in (admin, both.api.narrow(admin, caveats.Delegate("gateway"))):
        both.at_once(both.request(all_[0], key=key))
    both.api.run(adminkeys.revoke(both.api.node, inspect(admin).unverified_header.key_id, 1))
    assert told(both, all_[0], key=admin)[0] == 401
    assert told(both, all_[0], key=key)[0] == 401
    assert told(both, all_[0])[0] == 200


def test_without_a_lease_nothing_is_answered_at_once(both, warm):
    _, all_ = warm
    before = both.answered
    both.api.node.freshness.lose()
    assert told(both, all_[0])[0] == 503
    assert both.answered == before


def test_bug_a_lease_that_ends_within_a_batch_is_no_lease_for_any_of_it(both, warm, monkeypatch):
    """Each was judged by the lease of its own moment, and told at that of the last."""
    _, (key, grant, *_) = warm
    dead = both.api.narrow(key, caveats.Tools(["t"]))
    body = {"requests": [{"credential": each} for each in (key, dead, grant, dead)]}
    request = both.request(json.dumps(body).encode(), target=f"{APIKEYS}:batchVerify")
    assert b" 200 " in both.hot(request)
    # It holds for the admin key and for the two that are good, and no longer.
    lease = iter([True] * 3)
    monkeypatch.setattr(both.api.node.freshness, "holds", lambda: next(lease, False))
    assert b" 503 " in both.hot(request)


def test_bug_an_answer_out_of_a_stale_time_is_not_told_once_that_is_over(open_both):
    both = open_both(stale_policy="open")
    _, secret = both.api.issue()
    both.ordinary(both.request(secret))
    both.api.node.freshness.lose()
    assert told(both, secret)[1]["stale"] is True
    both.api.node.freshness.alone()
    assert "stale" not in told(both, secret)[1]
    assert both.answered == 1


def test_uses_of_both_keys_are_remembered(both, warm):
    key_id, all_ = warm
    both.api.run(both.api.node.flush_uses())
    both.at_once(both.request(all_[1]))
    tenants = {tenant for tenant, _ in both.api.node.uses}
    assert tenants == {both.api.node.system.name, "default"}
