"""Commits that fail, or whose answers are lost: whatever was acknowledged is there, and once."""

import random
import time

import pytest

from tests.servers.pgproxy import AMBIGUOUS, CUT, LOSE_AT_COMMIT, RESET, PgProxy

COMMIT = (b"Q", b"COMMIT\0")
LAST_S = 3


@pytest.fixture
def proxy(servers):
    proxy = PgProxy(servers[0].port)
    yield proxy
    proxy.stop()


class Sometimes:
    """A rule that strikes some commits: `verdicts` are (how often of 1, what)."""

    def __init__(self, seed, *verdicts):
        self.random, self.verdicts, self.struck = random.Random(seed), verdicts, 0

    def __call__(self, kind, body):
        if (kind, body) != COMMIT:
            return None
        drawn = self.random.random()
        for share, verdict in self.verdicts:
            if drawn < share:
                self.struck += 1
                return verdict
            drawn -= share
        return None


@pytest.mark.parametrize(
    "verdicts",
    [
        ((0.3, LOSE_AT_COMMIT),),
        ((0.1, CUT), (0.1, RESET), (0.1, AMBIGUOUS)),
    ],
    ids=["lost races", "lost answers"],
)
def test_commits_that_fail_lose_nothing_and_double_nothing(own, proxy, verdicts):
    hurt = own(2, [proxy.port])
    traffic = hurt.traffic()
    traffic.populate(2)
    proxy.rule = rule = Sometimes(traffic.seed, *verdicts)
    with traffic.going(0, 1):
        time.sleep(LAST_S)
    proxy.rule = lambda kind, body: None
    assert rule.struck
    hurt.judge(traffic)


def test_serializable_transactions_that_race_lose_nothing(own):
    hurt = own(2)
    hurt.server.sql(
        f"ALTER DATABASE {hurt.name} SET default_transaction_isolation = 'serializable'"
    )
    for node in hurt.nodes:
        node.database.cut()
    traffic = hurt.traffic()
    traffic.populate(2)
    with traffic.going(0, 1):
        time.sleep(LAST_S)
    hurt.judge(traffic)
