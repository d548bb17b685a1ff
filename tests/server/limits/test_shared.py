"""Guarantees of server/limits/shared.py, on a real Valkey at times that tests choose."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.types import RateLimit
from server.gcra import Rate
from server.limits.buckets import Buckets
from server.limits.limit import SECOND, Limit, Of
from server.limits.script import pace_of
from server.limits.shared import share
from tests.server.limits.stepped import Stepped, use

LIMIT = Limit(Of.KEY, "default", b"k" * 16, RateLimit(100, 1))
TENANT = Limit(Of.TENANT, "default", "", RateLimit(160, 1))
BUSY = Limit(Of.KEY, "default", b"b" * 16, RateLimit(60_000, 60))

# A counter of which leases are large: 10 uses come back while one lasts.
LARGE = Limit(Of.KEY, "default", b"l" * 16, RateLimit(160, 2))
STEADY = st.tuples(st.integers(5, 40), st.integers(5, 20))  # uses, and milliseconds between them
DRAIN = st.just((170, 0))
PHASES = st.tuples(
    st.integers(0, 130),  # milliseconds before
    st.integers(0, 2),  # the node
    STEADY | DRAIN,
    st.sampled_from([(LARGE,), (LARGE, TENANT), (TENANT,)]),
)


class Exact:
    """What exact counters would have let pass, one for each limit."""

    def __init__(self):
        self.buckets = Buckets()

    async def watch(self, node, limits, time):
        """One use of a node. A use that was asked for was made when Redis debited it."""
        now = time.now
        outcome, asked = await use(node, limits)
        assert not outcome.allowed or self._lets_pass(limits, now + time.travel * asked)
        return outcome.allowed

    def _lets_pass(self, limits, now):
        counters = [(each.counter, Rate(each.stated.quota, _burst(each))) for each in limits]
        taken = self.buckets.take(counters, round(now * SECOND))
        return all(each.allowed for each in taken)


def _burst(limit):
    return pace_of(limit.stated).burst


@settings(deadline=None, max_examples=60)
@given(st.lists(PHASES, max_size=12), st.sampled_from([0.0, 0.001, 0.004]))
def test_whatever_nodes_do_with_their_leases_no_limit_is_ever_exceeded(shared_valkey, phases, far):
    async def run(time):
        nodes, exact = [time.node() for _ in range(3)], Exact()
        time.travel = far
        for before, node, (uses, gap), limits in phases:
            time.now += before / 1_000
            for _ in range(uses):
                time.now += gap / 1_000
                await exact.watch(nodes[node], limits, time)

    with shared_valkey.client() as client:
        asyncio.run(run(Stepped(client)))


@pytest.mark.parametrize("rests", range(0, 260, 10))
def test_a_lease_that_is_used_at_its_end_beside_a_full_bucket_exceeds_nothing(shared_valkey, rests):
    async def run(time):
        slow, quick, exact = time.node(), time.node(), Exact()
        for _ in range(60):
            time.now += 0.015
            await exact.watch(slow, [LARGE], time)
        held = slow._leases[LARGE.counter].held(time.now)
        assert held > 2
        time.now += rests / 1_000
        for node in (quick, slow):
            while await exact.watch(node, [LARGE], time):
                pass

    with shared_valkey.client() as client:
        asyncio.run(run(Stepped(client)))


def test_a_busy_key_waits_for_no_answer_once_it_is_known_to_be_busy(shared_valkey):
    async def run(time):
        node, waited = time.node(), []
        for _ in range(500):
            time.now += 0.002
            outcome, asked = await use(node, [BUSY])
            assert outcome.allowed
            waited.append(asked)
        assert sum(waited[:21]) == 21 and not any(waited[30:])
        assert time.calls < 100

    with shared_valkey.client() as client:
        asyncio.run(run(Stepped(client)))


def test_a_refused_counter_is_not_asked_again_before_a_use_can_have_come_back(shared_valkey):
    async def run(time):
        node = time.node()
        while (await use(node, [LIMIT]))[0].allowed:
            pass
        calls = time.calls
        for _ in range(50):
            outcome, asked = await use(node, [LIMIT])
            assert not outcome.allowed and not asked and outcome.refusing.taken.retry_after > 0
        assert time.calls == calls
        time.now += 1 / 100
        assert (await use(node, [LIMIT]))[0].allowed

    with shared_valkey.client() as client:
        asyncio.run(run(Stepped(client)))


def test_of_a_node_that_dies_no_more_is_lost_than_its_lease_and_only_until_it_comes_back(
    shared_valkey,
):
    async def second(time, node):
        admitted = 0
        for _ in range(1_000):
            time.now += 0.001
            admitted += (await use(node, [LIMIT]))[0].allowed
        return admitted

    async def run(time):
        dies, lives = time.node(), time.node()
        for _ in range(60):
            time.now += 0.001
            await use(dies, [LIMIT])
        (lease,) = dies._leases.values()
        held = lease.held(time.now)
        assert held > 0
        # All that is left of 100 and comes back in a second, but the 60 used and what is leased.
        dated_ahead = pace_of(LIMIT.stated).ttl / SECOND * 100
        assert await second(time, lives) >= 100 + 100 - 60 - held - dated_ahead - 1
        assert await second(time, lives) >= 99

    with shared_valkey.client() as client:
        asyncio.run(run(Stepped(client)))


def test_a_use_that_another_limit_refuses_goes_back_into_the_lease(shared_valkey):
    tight = Limit(Of.ACTOR, "default", "me", RateLimit(40, 3_600))

    async def run(time):
        node = time.node()
        for _ in range(40):
            time.now += 0.001
            assert (await use(node, [BUSY, tight]))[0].allowed
        lease = node._leases[BUSY.counter]
        held = lease.held(time.now)
        assert held > 0
        outcome, _ = await use(node, [BUSY, tight])
        assert outcome.refusing.limit is tight and lease.held(time.now) == held

    with shared_valkey.client() as client:
        asyncio.run(run(Stepped(client)))


def test_a_look_says_what_a_use_would_and_takes_nothing(shared_valkey):
    async def run(time):
        node, one = time.node(), Limit(Of.KEY, "default", b"1" * 16, RateLimit(1, 60))
        for _ in range(3):
            assert (await node.look([one])).allowed
        assert (await use(node, [one]))[0].allowed
        assert not (await node.look([one])).allowed and not (await time.node().look([one])).allowed

    with shared_valkey.client() as client:
        asyncio.run(run(Stepped(client)))


def test_what_is_known_of_counters_is_bounded(shared_valkey):
    async def run(time):
        node = time.node(capacity=10)
        for number in range(50):
            await use(node, [LIMIT._replace(name=bytes([number]) * 16)])
        assert len(node._leases) == 10

    with shared_valkey.client() as client:
        asyncio.run(run(Stepped(client)))


@given(st.integers(1, 10**6), st.integers(1, 10**9), st.integers(1, 64))
def test_the_shares_of_all_nodes_come_back_no_faster_than_the_limit(quota, window, nodes):
    rate = share(Rate(quota, window), nodes)
    assert nodes * rate.quota * window <= quota * rate.window
    assert nodes * rate.quota <= max(quota, nodes)
