"""A standby takes over: without loss where commits wait for it, and detected where they do not."""

import time

import pytest

from tests.faults.cluster import Hurt, make_hurt
from tests.faults.history import REVOKED
from tests.servers.postgres import Postgres
from tests.servers.tcpproxy import TcpProxy


class Pair:
    """A primary and its standby, with a line between them that can be held."""

    def __init__(self, config=""):
        self.primary = Postgres(config)
        self.line = TcpProxy(self.primary.port)
        self.standby = Postgres(follows=self.line.port)

    def fail_over(self):
        self.primary.kill()
        self.standby.promote()

    def stop(self):
        self.line.stop()
        self.standby.stop()
        self.primary.stop()


@pytest.fixture
def over(tmp_path, servers):
    """Makes a pair of servers and a cluster over both."""
    made = []

    def over_(config="", count=2):
        pair = Pair(config)
        made.append(pair.stop)
        ports = [pair.primary.port, pair.standby.port]
        hurt = make_hurt(tmp_path, (pair.primary, servers[1]), count, ports)
        made.append(hurt.cluster.stop)
        after = Hurt(hurt.cluster, pair.standby, hurt.valkey, pair.standby.url(hurt.name))
        return pair, after

    yield over_
    for stop in reversed(made):
        stop()


def test_a_standby_that_commits_wait_for_takes_over_without_loss(over):
    pair, hurt = over("synchronous_standby_names = '*'\n")
    traffic = hurt.traffic()
    traffic.populate(2)
    with traffic.going(0):
        time.sleep(0.7)
        pair.fail_over()
        time.sleep(3)
    hurt.judge(traffic)


def test_a_standby_that_lacks_revocations_is_noticed_and_what_nodes_know_stays_dead(over):
    pair, hurt = over()
    traffic = hurt.traffic()
    acts = traffic.acts(0)
    keys = [acts.issue() for _ in range(12)]
    time.sleep(1)
    pair.line.hold()
    lost, later = keys[:4], keys[4:]
    for key in lost:
        assert acts.revoke(next(iter(key.links)))
        for node in hurt.nodes:
            traffic.until(node, key, REVOKED)
    pair.fail_over()
    for node in hurt.nodes:
        node.wait_ready()
    # The same places in the log are taken again, by others.
    for key in later:
        while not acts.revoke(next(iter(key.links))):
            time.sleep(0.1)
    acts.close()
    for node in hurt.nodes:
        for key in keys:
            traffic.until(node, key, REVOKED)
        said = f"THE DATABASE HAS LOST {len(lost)} REVOCATIONS"
        until = time.monotonic() + 30
        while said not in node.log:
            assert time.monotonic() < until, node.log[-2000:]
            time.sleep(0.1)
