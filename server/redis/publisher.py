"""Writes what was committed to the stream, and beats where nobody else writes.

The queue is bounded and drops the oldest: what is not written here is read from the database.
"""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Sequence

from redis.asyncio import Redis

from storage.base import LogEntry

from .backoff import Backoff
from .client import DOWN, explain
from .health import Health
from .messages import ENTRIES, Seals

QUEUE = 64 * ENTRIES
KEEP = 4096  # messages that the stream keeps, or some more
# A node beats when nobody was heard for a while, drawn anew each time: however many nodes there
# are, about one of them does. And each does seldom, so that it knows that it can.
QUIET_S = (0.1, 0.2)
OWN_S = 5.0


class Publisher:
    """`publish` only queues; `run` writes, several entries a message, until it is cancelled."""

    def __init__(
        self, client: Redis, stream: str, seals: Seals, sender: bytes, health: Health
    ) -> None:
        self._client = client
        self._stream = stream
        self._seals = seals
        self._sender = sender
        self._health = health
        self._queue: deque[LogEntry] = deque(maxlen=QUEUE)
        self._wake = asyncio.Event()
        self._count = 0
        self._beat_at = self._own_at = 0.0
        self._down = False
        self.dropped = 0

    def publish(self, entries: Sequence[LogEntry]) -> None:
        """Have the entries written soon; at once forgotten while nothing can be written."""
        if self._down:
            self.dropped += len(entries)
            return
        self.dropped += max(0, len(self._queue) + len(entries) - QUEUE)
        self._queue.extend(entries)
        self._wake.set()

    def heard(self) -> None:
        """Somebody's message was heard: no beat is needed for a while."""
        # After an outage only an own one proves that it is over.
        if self._health.healthy:
            self._rest()

    async def run(self) -> None:
        """Write until cancelled. Never raises for what Redis does."""
        backoff = Backoff()
        while True:
            try:
                taken = min(len(self._queue), ENTRIES)
                await self._write([self._queue.popleft() for _ in range(taken)])
                self._down = False
            except DOWN as error:
                self._down = True
                self.dropped += len(self._queue)
                self._queue.clear()
                self._health.lost(explain(error))
                await backoff.pause()
                continue
            if not self._queue:
                await self._until_due()

    async def _write(self, entries: Sequence[LogEntry]) -> None:
        self._count += 1
        message = self._seals.seal(self._sender, self._count, entries)
        self._health.sent(self._count)
        await self._client.xadd(self._stream, {"m": message}, maxlen=KEEP, approximate=True)
        self._own_at = asyncio.get_running_loop().time() + OWN_S * random.uniform(0.5, 1.0)
        self._rest()

    def _rest(self) -> None:
        self._beat_at = asyncio.get_running_loop().time() + random.uniform(*QUIET_S)

    async def _until_due(self) -> None:
        self._wake.clear()
        loop = asyncio.get_running_loop()
        while not self._queue and (wait := min(self._beat_at, self._own_at) - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()
