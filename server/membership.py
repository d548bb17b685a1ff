"""This node's row among the others', and whether all of them have applied what was written here.

The row is a lease. It is renewed long before it ends; once it has ended, this node accepts nothing
until it is written again and everything was read after that. So a node whose lease has run out by
the database's clock need not be waited for: it can accept nothing by what it knew before.
"""

import asyncio
import contextlib
import logging
import secrets
import uuid
from collections.abc import Sequence
from pathlib import Path

import msgspec

from storage.cluster import Cluster, ClusterNode
from storage.errors import StoreError

from .feed import RETRY_S, Feed
from .freshness import Freshness
from .revisions import Revision
from .seldom import Seldom

ALONE, POLL, STREAM = "alone", "poll", "stream"
# By so much two clocks may have run apart since a lease began, in milliseconds.
SLACK_MS = 500
LOOK_S = 0.02
LONGEST_S = 30.0
COUNT_S = 5.0
_BOOT = Path("/proc/sys/kernel/random/boot_id")

_log = logging.getLogger("marzipan.feed")


class Settled(msgspec.Struct, frozen=True):
    """How many nodes have applied it, ended without it, and neither (waited for in vain)."""

    applied: int
    ended: int
    waiting: int


class Membership:
    """The row of this process, kept as long as `run` runs.

    `live` is how many nodes there were when they were counted last, this one among them.
    """

    def __init__(self, store: Cluster, feed: Feed, freshness: Freshness) -> None:
        self._store = store
        self._feed = feed
        self._freshness = freshness
        self.node_id = secrets.token_bytes(16)
        self._boot_id = _boot_id()
        self.mode = POLL if store.shared else ALONE
        self._told: list[int] = []
        self._wake = asyncio.Event()
        self._asked: list[asyncio.Future[Sequence[ClusterNode]]] = []
        self._looking: asyncio.Future[None] | None = None
        self._watched_until = 0.0
        self._said = Seldom(_log)
        self.live = 1
        self._count_at = 0.0

    @property
    def pause(self) -> float:
        """Seconds between two renewals of the lease."""
        return min(1.0, self._freshness.max_staleness / 4)

    def row(self) -> ClusterNode:
        """This node as the others are told of it."""
        return ClusterNode(
            node_id=self.node_id,
            boot_id=self._boot_id,
            positions=tuple(self._feed.positions),
            mode=self.mode,
            lease_ms=int(self._freshness.max_staleness * 1000),
        )

    def polled(self) -> None:
        """A poll is over: where somebody waits for it, others are told at once how far we are."""
        if self._feed.watched and self._told != self._feed.positions:
            self._wake.set()

    async def beat(self) -> None:
        """Write the row. Raises StoreUnavailable."""
        began, row = self._freshness.clock(), self.row()
        await self._store.enrol(row)
        self._told = list(row.positions)
        self._freshness.enrolled(began)

    async def count(self) -> None:
        """Count the live nodes, seldom. Raises StoreUnavailable, and keeps what was counted."""
        if self._freshness.clock() < self._count_at:
            return
        rows = await self._store.nodes()
        others = [each for each in rows if each.node_id != self.node_id]
        self.live = 1 + sum(each.lease_ms >= -SLACK_MS for each in others)
        self._count_at = self._freshness.clock() + COUNT_S

    async def run(self) -> None:
        """Keep the row until this is cancelled."""
        while True:
            pause = self.pause
            self._wake.clear()
            try:
                await self.beat()
                await self.count()
            except Exception as error:
                self._said.warn(f"telling other nodes of this one failed: {error}", "-")
                await asyncio.sleep(RETRY_S)
                continue
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def leave(self) -> None:
        """Let nobody wait for this node any more."""
        if self._store.shared:
            with contextlib.suppress(StoreError):
                await self._store.leave(self.node_id)

    async def settled(self, revision: Revision) -> Settled:
        """Wait until every live node has applied what this one has, or its lease has run out.

        No longer than a lease runs, nor than LONGEST_S. Raises StoreUnavailable.
        """
        if not self._store.shared:
            return Settled(1, 0, 0)
        lease = self._freshness.max_staleness + 2 * SLACK_MS / 1000
        patience = min(lease, LONGEST_S)
        until = self._freshness.clock() + patience
        if self._watched_until < until:
            # For more than this one, so that many who wait do not all write.
            await self._store.watch(int(patience * 2000))
            self._watched_until = until + patience
        while True:
            done = self._count(await self._look(), revision)
            if not done.waiting or self._freshness.clock() >= until:
                return done

    async def _look(self) -> Sequence[ClusterNode]:
        """All rows, read after this was called, and for all who wait together."""
        asked: asyncio.Future[Sequence[ClusterNode]] = asyncio.get_running_loop().create_future()
        self._asked.append(asked)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look_for_all())
        return await asked

    async def _look_for_all(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, []
            try:
                rows = await self._store.nodes()
            except Exception as error:
                for each in filter(_waits, asked):
                    each.set_exception(error)
            else:
                for each in filter(_waits, asked):
                    each.set_result(rows)
            await asyncio.sleep(LOOK_S)

    def _count(self, nodes: Sequence[ClusterNode], revision: Revision) -> Settled:
        applied, ended, waiting = 1, 0, 0  # this node applied it before it asked
        for node in nodes:
            if node.node_id == self.node_id:
                continue
            if all(node.positions[shard] >= seq for shard, seq in revision):
                applied += 1
            elif node.lease_ms < -SLACK_MS:
                ended += 1
            else:
                waiting += 1
        return Settled(applied, ended, waiting)


def _waits(asked: asyncio.Future[Sequence[ClusterNode]]) -> bool:
    return not asked.done()


def _boot_id() -> bytes:
    try:
        return uuid.UUID(_BOOT.read_text().strip()).bytes
    except (OSError, ValueError):
        return bytes(16)  # a system that does not tell
