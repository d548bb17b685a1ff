"""Limits of several nodes on a real Valkey, and what is left of them when it fails."""

import asyncio
import time

import pytest

from engine.types import RateLimit
from server.limits.limit import Limit, Of
from server.limits.script import name_of
from server.limits.shared import Shared
from server.limits.wire import Wire
from server.redis.client import connect

LIMIT = Limit(Of.KEY, "default", b"k" * 16, RateLimit(100, 1))
SLOW = Limit(Of.KEY, "default", b"s" * 16, RateLimit(8, 3_600))


class Node:
    """One node's counting over a client of its own."""

    def __init__(self, valkey, **options):
        # More patience than a server has: other tests may keep the machine busy meanwhile.
        self.wire = Wire(connect(valkey.url, timeout=4), timeout=2)
        self.shared = Shared(self.wire, **options)

    async def use(self, *limits):
        """Whether a use is let pass, and whether it waited for Redis."""
        outcome = self.shared.at_once(limits)
        waited = outcome is None
        if outcome is None:
            outcome = await self.shared.take(limits)
        return outcome.allowed, waited

    async def uses(self, count, *limits):
        """How many of so many uses are let pass, and how many waited."""
        done = [await self.use(*limits) for _ in range(count)]
        return sum(allowed for allowed, _ in done), sum(waited for _, waited in done)

    async def until(self, up):
        """Wait until Redis is known to be away, or back."""
        async with asyncio.timeout(20):
            while self.wire.up is not up:
                await asyncio.sleep(0.01)


def run(valkey, test, nodes=1, **options):
    """Run a test of some nodes, which know how many they are, and stop them."""

    async def all_of_it():
        made = [Node(valkey, nodes=lambda: nodes, **options) for _ in range(nodes)]
        try:
            await test(*made)
        finally:
            for node in made:
                await node.shared.close()

    asyncio.run(all_of_it())


def test_four_busy_nodes_together_never_exceed_a_limit(valkey):
    admitted = 0

    async def busy(node, until):
        nonlocal admitted
        while time.monotonic() < until:
            admitted += (await node.use(LIMIT))[0]
            await asyncio.sleep(0.001)

    async def test(*nodes):
        began = time.monotonic()
        await asyncio.gather(*(busy(node, began + 2) for node in nodes))
        assert 0 < admitted <= 100 + 100 * (time.monotonic() - began)

    run(valkey, test, nodes=4)


def test_of_many_uses_at_once_as_many_are_let_pass_as_the_limit_says(valkey):
    async def test(*nodes):
        done = await asyncio.gather(*(node.use(SLOW) for node in nodes for _ in range(300)))
        assert sum(allowed for allowed, _ in done) == 8
        assert all(node.wire.up for node in nodes)

    run(valkey, test, nodes=2)


def test_a_frozen_redis_makes_one_use_wait_and_no_other(valkey):
    async def test(node):
        assert (await node.uses(2, SLOW))[0] == 2
        valkey.freeze()
        assert await node.uses(20, SLOW) == (6, 1)
        valkey.thaw()
        await node.until(up=True)
        # Redis counted the two, and perhaps the one that it was asked for when it froze.
        assert 5 <= (await node.uses(20, SLOW))[0] <= 6

    run(valkey, test)


def test_uses_that_wait_together_for_a_frozen_redis_wait_once(valkey):
    async def test(node):
        await node.use(SLOW)
        valkey.freeze()
        async with asyncio.timeout(20):  # one after the other they would wait for 400 seconds
            done = await asyncio.gather(*(node.use(SLOW) for _ in range(200)))
        assert sum(allowed for allowed, _ in done) == 7 and not node.wire.up
        valkey.thaw()

    run(valkey, test)


def test_while_redis_is_away_each_node_counts_its_share(valkey):
    other = SLOW._replace(name=b"o" * 16)

    async def test(*nodes):
        for node in nodes:
            await node.use(other)
        valkey.kill()
        admitted = [(await node.uses(20, SLOW))[0] for node in nodes]
        assert admitted == [2, 2, 2, 2]

    run(valkey, test, nodes=4)


def test_a_counter_begins_alone_as_full_as_redis_said_last(valkey):
    async def test(node):
        assert (await node.uses(20, SLOW))[0] == 8
        valkey.kill()
        await node.use(LIMIT)
        assert not node.wire.up and (await node.uses(20, SLOW))[0] == 0

    run(valkey, test)


@pytest.mark.parametrize(("down", "admitted"), [("closed", 0), ("open", 20)])
def test_the_policy_says_what_becomes_of_uses_while_redis_is_away(valkey, down, admitted):
    async def test(node):
        valkey.kill()
        assert (await node.uses(20, SLOW))[0] == admitted
        outcome = node.shared.at_once([SLOW])
        assert outcome.allowed is (down == "open")
        looked = await node.shared.look([SLOW])
        assert looked == outcome and (outcome.refusing is None) is outcome.allowed

    run(valkey, test, down=down)


def test_a_redis_that_was_started_empty_counts_again_and_hears_nothing_of_the_time_between(valkey):
    async def test(node):
        assert (await node.uses(5, SLOW))[0] == 5
        valkey.kill()
        assert (await node.uses(20, SLOW))[0] == 3
        valkey.start()
        await node.until(up=True)
        with valkey.client() as client:
            assert client.dbsize() == 0
        assert (await node.uses(20, SLOW))[0] == 8

    run(valkey, test)


def test_an_outage_begins_with_nothing_of_the_one_before(valkey):
    async def test(node):
        for _ in range(2):
            valkey.kill()
            assert (await node.uses(20, SLOW))[0] == 8
            valkey.start()
            await node.until(up=True)

    run(valkey, test)


def test_what_is_no_counter_in_redis_concerns_that_counter_alone(valkey):
    async def test(node):
        with valkey.client() as client:
            client.lpush(name_of(*SLOW[:3]), "junk")
        done = await asyncio.gather(*(node.use(limit) for limit in (SLOW, LIMIT) * 10))
        assert sum(allowed for allowed, _ in done) == 8 + 10 and node.wire.up

    run(valkey, test)


def test_a_full_redis_is_a_redis_that_is_away(valkey):
    async def test(node):
        with valkey.client() as client:
            client.config_set("maxmemory", 1)
        assert (await node.uses(20, SLOW))[0] == 8

    run(valkey, test)


def test_whoever_asked_and_went_leaves_nothing_waiting(valkey):
    async def test(node):
        asking = [asyncio.create_task(node.use(SLOW)) for _ in range(3)]
        await asyncio.sleep(0)
        asking[0].cancel()
        done = await asyncio.gather(*asking, return_exceptions=True)
        assert isinstance(done[0], asyncio.CancelledError) and done[1:] == [(True, True)] * 2
        assert (await node.uses(20, SLOW))[0] == 5

    run(valkey, test)


def test_nothing_of_its_password_is_logged_when_redis_is_lost(valkey, caplog):
    async def test(node):
        node.wire._client = connect(f"redis://me:hunter2@127.0.0.1:{valkey.port}/0")
        await node.use(SLOW)
        assert not node.wire.up

    valkey.kill()
    run(valkey, test)
    assert "Redis is away" in caplog.text and "hunter2" not in caplog.text


def test_a_node_that_was_held_up_itself_takes_no_answer_for_lost(valkey):
    async def test(node):
        await node.use(SLOW)
        asking = asyncio.create_task(node.use(SLOW))
        for _ in range(5):
            await asyncio.sleep(0)
        time.sleep(2.5)  # longer than Redis may take
        assert await asking == (True, True) and node.wire.up

    run(valkey, test)
