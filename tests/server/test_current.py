"""No verdict accepts but by what is fresh when it is told, whatever happens while it is made."""

import asyncio
from types import SimpleNamespace

import pytest

from server.current import current, reach
from server.feed import Feed
from server.freshness import POLICIES, Freshness
from server.problems import Problem
from storage.errors import StoreUnavailable
from storage.memory import MemoryStore


class Shared(MemoryStore):
    shared = True
    lost = False

    async def poll(self):
        if self.lost:
            raise StoreUnavailable("out of reach")
        return await super().poll()


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Node:
    """What `current` needs of a node and its tenant, over the reference model."""

    def __init__(self, policy):
        self.clock = Clock()
        self.store = Shared()
        self.freshness = Freshness(5, self.clock)
        self.tenant = SimpleNamespace(settings=SimpleNamespace(stale_policy=policy))
        self.feed = Feed(self.store, self.freshness, lambda entry: None, self.reload, lambda: 0)
        self.judged = 0

    async def reload(self):
        return None

    async def begin(self):
        """Fresh, and polling only when it is asked to."""
        self.feed.interval = 3600
        self.freshness.enrolled(self.clock.now)
        self.polling = asyncio.ensure_future(self.feed.run())
        await self.feed.join(1)

    async def judge(self):
        self.judged += 1
        return "yes"


@pytest.fixture
def act():
    """Runs a scenario on a node of a policy."""

    def run(policy, scenario):
        async def whole():
            node = Node(policy)
            await node.begin()
            try:
                await scenario(node)
            finally:
                node.polling.cancel()
                await asyncio.gather(node.polling, return_exceptions=True)

        asyncio.run(whole())

    return run


async def refused(node, judge=None):
    with pytest.raises(Problem) as caught:
        await current(node, node.tenant, judge or node.judge)
    assert caught.value.http == 503 and dict(caught.value.headers)[b"retry-after"] == b"1"


@pytest.mark.parametrize("policy", POLICIES)
def test_a_fresh_node_judges_once(act, policy):
    async def scenario(node):
        assert await current(node, node.tenant, node.judge) == "yes" and node.judged == 1

    act(policy, scenario)


def test_by_policy_closed_a_stale_node_refuses(act):
    async def scenario(node):
        node.clock.now += 5
        await refused(node)

    act("closed", scenario)


def test_by_policy_check_a_stale_node_asks_its_database_and_judges_again(act):
    async def scenario(node):
        node.clock.now += 5
        assert await current(node, node.tenant, node.judge) == "yes" and node.judged == 2

    act("check", scenario)


def test_by_policy_check_a_lost_database_refuses(act):
    async def scenario(node):
        node.clock.now += 5
        node.store.lost = True
        await refused(node)

    act("check", scenario)


def test_by_policy_open_a_stale_node_accepts_unless_it_never_read_the_log(act):
    async def scenario(node):
        node.clock.now += 500
        assert await current(node, node.tenant, node.judge) == "yes"
        node.feed._synced = False
        await refused(node)

    act("open", scenario)


@pytest.mark.parametrize("policy", ["closed", "check"])
def test_a_lease_that_ends_while_a_verdict_is_made_counts_as_ended(act, policy):
    async def scenario(node):
        async def slow():
            node.clock.now += 5
            return await node.judge()

        await refused(node, slow)

    act(policy, scenario)


def test_a_refusal_needs_no_lease(act):
    async def scenario(node):
        async def no():
            raise LookupError

        node.clock.now += 5
        with pytest.raises(LookupError):
            await current(node, node.tenant, no)

    act("closed", scenario)


def test_a_revision_that_is_there_is_waited_for_and_one_that_is_not_is_a_503(act):
    async def scenario(node):
        await reach(node, ())
        node.feed.positions[2] = 7
        await reach(node, ((2, 7), (0, 0)))
        node.feed.positions[2] = 0
        for _ in range(2):
            with pytest.raises(Problem) as caught:
                await reach(node, ((3, 7),))
            assert caught.value.http == 503
            node.store.lost = True

    act("closed", scenario)
