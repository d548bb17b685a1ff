"""Limits counted in Redis, for all nodes together.

A counter that is used seldom is asked there each time. One that is used often is leased from: its
uses are debited first and made here, and a lease is renewed in the background before it ends. What
Redis refused is refused here until a use can have come back.

While Redis is away the policy decides. `local`: this node counts alone, against its share of the
limit; a counter begins as full as Redis said last, or full where it said nothing. `closed` refuses,
`open` lets pass. What was counted meanwhile is not told to Redis afterwards.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache

from server.gcra import Rate, Taken

from .buckets import Buckets
from .lease import Lease
from .limit import SECOND, Limit, Outcome, Standing
from .script import Ask, call, pace_of, read
from .wire import Away, Wire

CAPACITY = 100_000
LOCAL, CLOSED, OPEN = "local", "closed", "open"
_CLOSED = Taken(False, 0, SECOND, 0)


class Shared:
    """`nodes` says how many nodes share the limits now; `clock` gives seconds that only grow."""

    def __init__(
        self,
        wire: Wire,
        *,
        down: str = LOCAL,
        nodes: Callable[[], int] = lambda: 1,
        clock: Callable[[], float] = time.monotonic,
        capacity: int = CAPACITY,
    ) -> None:
        self._wire = wire
        self._down = down
        self._nodes = nodes
        self._clock = clock
        self._capacity = capacity
        self.cluster = ""  # whose counters they are, among others on the same Redis
        self._leases: OrderedDict[Hashable, Lease] = OrderedDict()
        self._renewing: set[asyncio.Task[None]] = set()
        self._alone = Buckets()
        self._outage = 0

    def at_once(self, limits: Sequence[Limit]) -> Outcome | None:
        """Count a use where nobody needs to be asked; None, and no count, where Redis must be."""
        if not self._wire.up:
            return self._without(limits)
        now = self._clock()
        leases = [self._lease(limit, now) for limit in limits]
        if any(now < lease.refused_until for lease in leases):
            for lease in leases:
                lease.seen(now)
            return _refused(limits, leases, now)
        if not all(lease.held(now) for lease in leases):
            return None
        for limit, lease in zip(limits, leases, strict=True):
            lease.seen(now)
            lease.take(now)
            if lease.runs_out(now, pace_of(limit.stated)):
                self._renew(limit, lease, now)
        return _allowed(limits, leases, now)

    async def take(self, limits: Sequence[Limit]) -> Outcome:
        """Count a use of which `at_once` did not know the answer, in all limits or in none."""
        now = self._clock()
        leases = [self._lease(limit, now) for limit in limits]
        taken: list[tuple[Lease, float]] = []
        asked: list[tuple[Ask, Lease]] = []
        for limit, lease in zip(limits, leases, strict=True):
            lease.seen(now)
            if lease.take(now):
                taken.append((lease, lease.until))
            else:
                asked.append((lease.ask(limit, 1, now, pace_of(limit.stated)), lease))
        try:
            allowed = await self._told(asked, now)
        except BaseException as error:
            for lease, until in taken:
                lease.give_back(until)
            if isinstance(error, Away):
                return self._without(limits)
            raise
        if allowed:
            return _allowed(limits, leases, self._clock())
        for lease, until in taken:
            lease.give_back(until)
        return _refused(limits, leases, self._clock())

    async def look(self, limits: Sequence[Limit]) -> Outcome:
        """What `take` would answer; nothing is counted."""
        if not self._wire.up:
            return self._without(limits, keep=False)
        now = self._clock()
        leases = [self._lease(limit, now) for limit in limits]
        if any(now < lease.refused_until for lease in leases):
            return _refused(limits, leases, now)
        asks = [
            Ask(limit) for limit, lease in zip(limits, leases, strict=True) if not lease.held(now)
        ]
        if not asks:
            return _allowed(limits, leases, now)
        try:
            allowed, told = read(await self._wire.ask(*call(asks, self.cluster, keep=False)))
        except Away:
            return self._without(limits, keep=False)
        sent, now = now, self._clock()
        for ask, each in zip(asks, told, strict=True):
            self._lease(ask.limit, now).told(ask, each, sent, now, pace_of(ask.limit.stated))
        return (_allowed if allowed else _refused)(limits, leases, now)

    async def close(self) -> None:
        """End what is under way."""
        for task in self._renewing:
            task.cancel()
        await self._wire.close()

    async def _told(self, asked: Sequence[tuple[Ask, Lease]], sent: float) -> bool:
        """Ask Redis, and let the leases know. Raises Away."""
        try:
            allowed, told = read(
                await self._wire.ask(*call([ask for ask, _ in asked], self.cluster))
            )
        except BaseException:
            for ask, lease in asked:
                lease.asking = lease.asking and not ask.extra
            raise
        now = self._clock()
        for (ask, lease), each in zip(asked, told, strict=True):
            lease.told(ask, each, sent, now, pace_of(ask.limit.stated))
        return allowed

    def _renew(self, limit: Limit, lease: Lease, now: float) -> None:
        ask = lease.ask(limit, 0, now, pace_of(limit.stated))
        if not ask.extra:
            return
        task = asyncio.get_running_loop().create_task(self._renewed(ask, lease, now))
        self._renewing.add(task)
        task.add_done_callback(self._renewing.discard)

    async def _renewed(self, ask: Ask, lease: Lease, sent: float) -> None:
        try:
            await self._told([(ask, lease)], sent)
        except Away:
            return

    def _lease(self, limit: Limit, now: float) -> Lease:
        lease = self._leases.get(limit.counter)
        if lease is None:
            while len(self._leases) >= self._capacity:
                self._leases.popitem(last=False)
            lease = self._leases[limit.counter] = Lease(now)
        self._leases.move_to_end(limit.counter)
        return lease

    def _without(self, limits: Sequence[Limit], *, keep: bool = True) -> Outcome:
        """The policy's answer."""
        if self._down == OPEN:
            return Outcome(True, tuple(Standing(limit, None) for limit in limits))
        if self._down == CLOSED:
            return Outcome(False, tuple(Standing(limit, _CLOSED) for limit in limits))
        if self._outage != self._wire.outages:
            self._outage, self._alone = self._wire.outages, Buckets()
        nodes = max(1, self._nodes())
        shares = [(limit.counter, share(limit.rate, nodes)) for limit in limits]
        for name, rate in shares:
            if (lease := self._leases.get(name)) is not None and lease.full_at > 0:
                self._alone.begin(name, rate, int(lease.full_at * SECOND))
        taken = self._alone.take(shares, int(self._clock() * SECOND), keep=keep)
        allowed = all(each.allowed for each in taken)
        return Outcome(allowed, tuple(map(Standing, limits, taken)))


@lru_cache(maxsize=4096)
def share(rate: Rate, nodes: int) -> Rate:
    """What one of so many nodes may let pass alone: together they keep to the limit's rate."""
    if rate.quota >= nodes:
        return Rate(rate.quota // nodes, rate.window)
    return Rate(1, -(-rate.window * nodes // rate.quota))


def _allowed(limits: Sequence[Limit], leases: Sequence[Lease], now: float) -> Outcome:
    pairs = zip(limits, leases, strict=True)
    return Outcome(True, tuple(Standing(limit, _taken(lease, now, 0)) for limit, lease in pairs))


def _refused(limits: Sequence[Limit], leases: Sequence[Lease], now: float) -> Outcome:
    standings = []
    for limit, lease in zip(limits, leases, strict=True):
        late = max(0, math.ceil((lease.refused_until - now) * SECOND))
        standings.append(Standing(limit, _taken(lease, now, late)))
    return Outcome(False, tuple(standings))


def _taken(lease: Lease, now: float, late: int) -> Taken:
    reset = max(0, math.ceil((lease.full_at - now) * SECOND))
    return Taken(not late, 0 if late else lease.left(now), late, reset)
