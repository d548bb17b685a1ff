"""The revocation stream of a cluster: what one node commits, the others deny a moment later.

    commit -> publish -> one Redis stream -> every node's denylist

It makes the feed fast and is never needed: the database is the truth, the feed reads it, and only
that moves positions. While the stream carries the feed reads seldom; otherwise often.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from engine import Keyring
from storage.base import LogEntry

from .client import connect
from .ending import end
from .follower import BLOCK_S, LONGEST, Follower
from .gaps import Gaps
from .health import Health
from .messages import Seals
from .publisher import Publisher

FAST_S = 0.02
SLOW_S = 0.25


class Feed(Protocol):
    """What the stream needs of the feed: how often it polls, in seconds, and `hint`: poll now."""

    interval: float

    def hint(self) -> None: ...


class Stream:
    """Follows and publishes from `start` to `close`.

    `positions` is the node's list itself; `changed` is told whether the stream carries.
    """

    def __init__(
        self,
        url: str,
        keyring: Keyring,
        name: str,
        feed: Feed,
        *,
        apply: Callable[[LogEntry], None],
        positions: Sequence[int],
        now: Callable[[], int],
        changed: Callable[[bool], None],
    ) -> None:
        self._feed = feed
        self._told = changed
        self._writing = connect(url)
        self._reading = connect(url, timeout=BLOCK_S + 0.5, longest=LONGEST)
        stream = f"{name}:revocations"
        sender = secrets.token_bytes(16)
        seals = Seals(keyring, stream, now)
        self._gaps = Gaps(positions, feed.hint)
        self._health = Health(self._change)
        self._publisher = Publisher(self._writing, stream, seals, sender, self._health)
        self._follower = Follower(
            *(self._reading, stream, seals, sender, self._health),
            apply=apply,
            gaps=self._gaps,
            beat=self._publisher.heard,
        )
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def healthy(self) -> bool:
        """Whether what is published now most likely reaches every node within milliseconds."""
        return self._health.healthy

    @property
    def counts(self) -> dict[str, int]:
        """What was applied, was not ours, and could not be published, since the start."""
        follower, publisher = self._follower, self._publisher
        return {
            "applied": follower.applied,
            "forged": follower.forged,
            "dropped": publisher.dropped,
        }

    def publish(self, entries: Sequence[LogEntry]) -> None:
        """Tell the other nodes of what was committed. Only queues, and never raises."""
        self._publisher.publish(entries)

    def start(self) -> None:
        """Begin, in the running loop."""
        runs = (self._follower.run(), self._publisher.run())
        self._tasks = [asyncio.create_task(run) for run in runs]

    async def close(self) -> None:
        """End, and leave the connections. The feed polls often again."""
        await end(self._tasks)
        self._health.close()
        self._gaps.close()
        self._feed.interval = FAST_S
        for client in (self._writing, self._reading):
            await client.aclose()

    def _change(self, healthy: bool) -> None:
        self._feed.interval = SLOW_S if healthy else FAST_S
        self._told(healthy)
        # Of what was missed until now, and of what is in flight, the database knows.
        self._feed.hint()
