"""The script on a real Valkey, at times that a test chooses."""

import asyncio
from collections.abc import Sequence

import redis

from server.limits.script import SCRIPT
from server.limits.shared import Shared

_TIMED = SCRIPT.replace("redis.call('TIME')", "{0, ARGV[#ARGV]}")
assert _TIMED != SCRIPT


class Stepped:
    """Seconds that stand still until a test moves them, for Redis and for all nodes.

    Each call of the script takes `travel` seconds to get there, and again to come back.
    """

    def __init__(self, client: redis.Redis, now: float = 1_000.0) -> None:
        client.flushall()
        self._call = client.register_script(_TIMED)
        self.now = now
        self.travel = 0.0
        self.calls = 0
        self.up = True
        self.outages = 0

    def __call__(self) -> float:
        return self.now

    def node(self, **options: object) -> Shared:
        """A node that counts there."""
        return Shared(self, clock=self, **options)

    def run(self, keys: Sequence[str], arguments: Sequence[int]) -> list[int]:
        """What the script replies now."""
        self.calls += 1
        self.now += self.travel
        # What must expire by Redis' own clock may not: a bucket that is gone is a full one.
        reply = self._call(keys=keys, args=[*arguments, round(self.now * 1_000_000)])
        self.now += self.travel
        return reply

    def ask(self, keys: Sequence[str], arguments: Sequence[int]) -> "asyncio.Future[list[int]]":
        future: asyncio.Future[list[int]] = asyncio.get_running_loop().create_future()
        future.set_result(self.run(keys, arguments))
        return future

    async def close(self) -> None:
        """Nothing is under way."""


async def use(node: Shared, limits):
    """One use, and whether Redis had to be asked for it."""
    outcome = node.at_once(limits)
    asked = outcome is None
    if outcome is None:
        outcome = await node.take(limits)
    # What is renewed in the background is renewed before the next step.
    for _ in range(3):
        await asyncio.sleep(0)
    return outcome, asked
