"""Who has applied a revocation: nobody is counted that could still accept."""

import asyncio

import pytest

from server.feed import Feed
from server.freshness import Freshness
from server.membership import SLACK_MS, Membership, Settled
from storage.base import SHARDS
from storage.cluster import ClusterNode
from storage.errors import StoreUnavailable
from storage.memory import MemoryStore


class Shared(MemoryStore):
    shared = True
    lost = False

    async def enrol(self, node):
        if self.lost:
            raise StoreUnavailable("out of reach")
        await super().enrol(node)


class Node:
    def __init__(self, store, max_staleness=0.1):
        self.freshness = Freshness(max_staleness)
        self.feed = Feed(store, self.freshness, lambda entry: None, self.reload, lambda: 0)
        self.membership = Membership(store, self.feed, self.freshness)
        self.feed.after_poll = self.membership.polled

    async def reload(self):
        return None


@pytest.fixture
def store():
    return Shared()


def other(number, applied=0, lease_ms=5000):
    positions = (applied,) * SHARDS
    return ClusterNode(
        node_id=bytes([number]) * 16,
        boot_id=bytes(16),
        positions=positions,
        mode="poll",
        lease_ms=lease_ms,
    )


def settled(store, *others, revision=((0, 5),)):
    async def act():
        node = Node(store)
        await node.membership.beat()
        for each in others:
            await store.enrol(each)
        try:
            return await node.membership.settled(revision)
        finally:
            await node.membership.leave()

    return asyncio.run(act())


def test_a_node_counts_itself_though_it_has_not_told_so(store):
    assert settled(store) == Settled(1, 0, 0)


def test_every_shard_of_a_revision_must_be_applied(store):
    assert settled(store, other(1, 5)) == Settled(2, 0, 0)
    both = ((0, 5), (3, 6))
    assert settled(store, other(1, 5), revision=both) == Settled(1, 0, 1)


def test_a_node_counts_as_ended_only_with_time_to_spare(store):
    assert settled(store, other(1, 4, lease_ms=-SLACK_MS - 300)) == Settled(1, 1, 0)
    # That of the second ends while it is waited for.
    assert settled(store, other(1, 4, -SLACK_MS - 300), other(2, 4, 1)) == Settled(1, 2, 0)


def test_a_node_that_lives_and_lags_is_waited_for_no_longer_than_a_lease(store):
    assert settled(store, other(1, 4, 60_000)) == Settled(1, 0, 1)


def test_who_waits_makes_others_tell_at_once_how_far_they_are(store):
    async def act():
        follower, asking = Node(store, 60), Node(store, 0.1)
        tasks = [asyncio.ensure_future(node.feed.run()) for node in (follower, asking)]
        tasks.append(asyncio.ensure_future(follower.membership.run()))
        await asyncio.sleep(0.05)
        follower.feed.positions[0] = 9
        follower.feed._hashes[0] = b"x"
        store._heads[0] = store._heads[0]._replace(seq=9, hash=b"x")
        done = await asking.membership.settled(((0, 9),))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return done

    assert asyncio.run(act()) == Settled(2, 0, 0)


def test_a_row_is_written_again_after_a_failure_and_the_lease_rests_on_it(store):
    async def act():
        node = Node(store, 60)
        await node.feed.poll()
        store.lost = True
        task = asyncio.ensure_future(node.membership.run())
        await asyncio.sleep(0.01)
        assert not node.freshness.holds()
        store.lost = False
        async with asyncio.timeout(5):
            while not await store.nodes():
                await asyncio.sleep(0.01)
        await node.feed.poll()
        assert node.freshness.holds()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await node.membership.leave()
        assert not await store.nodes()

    asyncio.run(act())


def test_a_node_alone_waits_for_nobody():
    store = MemoryStore()
    assert settled(store, other(1, 0, 60_000)) == Settled(1, 0, 0)


def test_a_node_counts_itself_and_the_others_whose_leases_run_and_keeps_what_it_counted(store):
    async def act():
        node = Node(store)
        assert node.membership.live == 1
        for each in (other(1), other(2), other(3, lease_ms=-SLACK_MS - 300)):
            await store.enrol(each)
        await node.membership.beat()
        await node.membership.count()
        assert node.membership.live == 3
        await store.leave(bytes([1]) * 16)
        await node.membership.count()  # not again so soon
        assert node.membership.live == 3

    asyncio.run(act())
