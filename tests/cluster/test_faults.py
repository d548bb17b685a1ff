"""A node that can't tell what was revoked accepts nothing, and nobody waits for a dead one."""

import time

from tests.servers.nodes import VERIFY

SHORT = {"max_staleness": "2s"}
LEASE_S = 2.0


def test_a_node_that_was_stopped_past_its_lease_is_stale_before_its_first_answer(cluster):
    a, b = cluster.start(**SHORT), cluster.start(**SHORT)
    key_id, secret = a.issue()
    assert b.verdict(secret) == "ok"
    b.freeze()
    assert a.revoke(key_id).status_code == 204
    # Asked while it stands still, and so the first that it answers when it goes on.
    b.send_verify(secret)
    time.sleep(LEASE_S + 0.5)
    b.thaw()
    assert b.answered() in ("503", "REVOKED")
    b.until("REVOKED", secret)


def test_of_requests_that_waited_in_a_stopped_node_none_is_accepted(cluster):
    a, b = cluster.start(**SHORT), cluster.start(**SHORT)
    for _ in range(3):
        key_id, secret = a.issue()
        b.until("ok", secret)
        b.freeze()
        a.revoke(key_id)
        time.sleep(LEASE_S + 0.2)
        b.thaw()
        seen = [b.verdict(secret) for _ in range(30)]
        assert "ok" not in seen
        b.until("REVOKED", secret)


def test_while_the_database_is_frozen_all_is_refused_after_the_lease_and_nothing_hangs(cluster):
    a = cluster.start(**SHORT)
    _, secret = a.issue()
    assert a.verdict(secret) == "ok"
    cluster.server.freeze()
    try:
        a.until("503", secret, 15)
        answer = a.call("POST", VERIFY, {"credential": secret})
        assert answer.status_code == 503 and int(answer.headers["retry-after"]) >= 1
        assert a.call("GET", "/health/ready").status_code == 503
        assert a.call("GET", "/health/alive").status_code == 200
        # What is refused anyhow needs no database, nor a lease.
        assert a.call("GET", "/v1/verify", authorization="Bearer mz_ak_no").status_code == 401
    finally:
        cluster.server.thaw()
    a.until("ok", secret)


def test_by_policy_check_a_frozen_database_refuses_and_a_live_one_is_asked(cluster):
    a = cluster.start(**SHORT, stale_policy="check")
    _, secret = a.issue()
    assert a.verdict(secret) == "ok"
    cluster.server.freeze()
    try:
        a.until("503", secret, 15)
    finally:
        cluster.server.thaw()
    a.until("ok", secret)


def test_by_policy_open_a_stale_acceptance_says_that_it_is_one(cluster):
    a = cluster.start(**SHORT, stale_policy="open")
    _, secret = a.issue()
    fresh = a.call("POST", VERIFY, {"credential": secret}).json()
    assert fresh["is_valid"] and "stale" not in fresh
    cluster.server.freeze()
    try:
        bearer = {"authorization": f"Bearer {secret}"}
        a.wait(lambda: a.call("POST", VERIFY, {"credential": secret}).json().get("stale") is True)
        answer = a.call("GET", "/v1/verify", **bearer)
        assert (answer.status_code, answer.headers["marzipan-stale"]) == (200, "true")
    finally:
        cluster.server.thaw()
    a.wait(lambda: "stale" not in a.call("POST", VERIFY, {"credential": secret}).json())
    assert "without knowing what was revoked lately" in a.log


def test_wait_all_does_not_wait_for_a_dead_node_beyond_its_lease(cluster):
    a, b, c = cluster.three(**SHORT)
    c.kill()
    key_id, secret = a.issue()
    assert b.verdict(secret) == "ok"
    answer = a.revoke(key_id, "?wait=all")
    assert answer.status_code == 204
    assert answer.headers["marzipan-applied"] == "applied=2, ended=1, waiting=0"
    assert b.verdict(secret) == "REVOKED"


def test_after_wait_all_no_node_that_was_stopped_accepts_what_was_revoked(cluster):
    a, b, c = cluster.three(**SHORT)
    key_id, secret = a.issue()
    assert c.verdict(secret) == "ok"
    c.freeze()
    answer = a.revoke(key_id, "?wait=all")
    assert answer.headers["marzipan-applied"] == "applied=2, ended=1, waiting=0"
    c.thaw()
    assert c.verdict(secret) in ("503", "REVOKED")
    c.until("REVOKED", secret)


def test_a_database_that_lost_revocations_is_noticed_and_nothing_comes_back_to_life(cluster):
    a, b = cluster.start(), cluster.start()
    key_id, secret = a.issue()
    _, other = a.issue()
    a.revoke(key_id)
    b.until("REVOKED", secret)
    # As a restore from before does it, or a standby that takes over without its last writes.
    cluster.sql("DELETE FROM revocation_log; UPDATE counters SET seq = 0, hash = '' "
                "WHERE log = 'revocation'; UPDATE api_keys SET status = 1")  # fmt: skip
    for node in (a, b):
        node.wait(lambda node=node: "THE DATABASE HAS LOST 1 REVOCATIONS" in node.log)
        assert key_id.replace("-", "") in node.log
        node.until("ok", other)
        assert node.verdict(secret) == "REVOKED"


def test_a_database_that_lost_revocations_and_wrote_as_many_new_ones_is_noticed(cluster):
    a, b = cluster.start(), cluster.start()
    key_id, secret = a.issue()
    a.revoke(key_id)
    b.until("REVOKED", secret)
    # The same length, another history: only the hash over it tells.
    cluster.sql("UPDATE revocation_log SET target = decode(repeat('00', 16), 'hex'); "
                "UPDATE counters SET hash = 'another' WHERE log = 'revocation' AND seq > 0; "
                "UPDATE api_keys SET status = 1")  # fmt: skip
    for node in (a, b):
        node.wait(lambda node=node: "THE DATABASE HAS LOST 1 REVOCATIONS" in node.log)
        assert node.verdict(secret) == "REVOKED"


def test_another_database_in_the_place_of_the_old_one_is_noticed(cluster):
    a = cluster.start()
    cluster.sql("UPDATE cluster SET epoch = decode(repeat('ab', 16), 'hex')")
    a.wait(lambda: "the database has not the history" in a.log)
    a.wait(a.ready)
    assert a.call("GET", "/v1/cluster").json()["epoch"] == "ab" * 16


def test_an_entry_of_a_kind_that_a_node_does_not_know_makes_it_refuse_everything(cluster):
    a = cluster.start()
    _, secret = a.issue()
    assert a.verdict(secret) == "ok"
    cluster.sql(
        "INSERT INTO revocation_log (shard, seq, tenant, kind, target, value, expires_at, reason,"
        " at) VALUES (0, 1, 'default', 999, decode(repeat('00', 16), 'hex'), 0, 9999999999, '', 0);"
        " UPDATE counters SET seq = 1 WHERE log = 'revocation' AND shard = 0"
    )
    a.until("503", secret)
    a.wait(lambda: "kind 999" in a.log)
    assert not a.ready()


def test_a_raised_epoch_ends_everything_on_every_running_node(cluster):
    a, b = cluster.start(), cluster.start()
    _, secret = a.issue()
    assert a.verdict(secret) == b.verdict(secret) == "ok"
    cluster.raise_epoch()
    for node in (a, b):
        node.until("NOT_FOUND", secret)
    _, new = a.issue()
    b.until("ok", new)
