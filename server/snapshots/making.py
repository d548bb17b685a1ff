"""Begins with a snapshot at a start, and takes what is revoked out of memory into one later.

One node makes a snapshot and the others adopt it: where there is a Redis, one of the cluster, else
one of each machine.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial

from engine.snapshot import Claim, Snapshot
from engine.snapshot_file import compact
from server.node import Node, Tenant
from server.redis.client import DOWN, explain
from server.redis.naming import cluster_name
from storage.cluster import RecordedSnapshot

from .carrier import KEPT, Carrier
from .finding import Finder, Found
from .sets import SnapshotSet, compose, key_of
from .shelf import Shelf

PAUSE_S = 60.0  # between tries, so that a full disk is not filled again and again

_log = logging.getLogger("marzipan.snapshots")


async def begin(node: Node) -> None:
    """Adopt the newest snapshot that can be trusted, and have the feed read on from there.

    Without one this does nothing. Raises StoreError.
    """
    if not await node.store.snapshots():
        return
    epoch = (await node.store.poll()).epoch
    making = Making(node, epoch)
    try:
        found = await making.find()
        if found is not None:
            await making.adopt(found.snapshots)
            node.feed.begin(found.whole.positions)
    finally:
        await making.close()


class Making:
    """`look` acts when there is much in memory; to be called every few seconds.

    `epoch` is that of the database. `clock` gives seconds that only grow.
    """

    def __init__(
        self, node: Node, epoch: bytes, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._node = node
        self._clock = clock
        self._database = epoch.hex()
        self._shelf = Shelf(node.settings.snapshots)
        self._carrier: Carrier | None = None
        if node.settings.redis is not None and node.store.shared:
            self._carrier = Carrier(node.settings.redis, cluster_name(node.keyring, epoch))
        self._finder = Finder(self._shelf, self._carrier, node.keyring, self._database)
        self._adopted: tuple[int, ...] = ()
        self._not_before = 0.0

    async def close(self) -> None:
        """Leave Redis."""
        if self._carrier is not None:
            await self._carrier.close()

    async def look(self) -> None:
        """Adopt what another made, or make one. Raises OSError, StoreError, RuntimeError."""
        node, now = self._node, self._clock()
        exact = sum(tenant.denylist.exact for tenant in node.tenants())
        if exact < node.settings.denylist_exact or now < self._not_before or not node.feed.synced:
            return
        self._not_before = now + PAUSE_S
        recorded = await node.store.snapshots()
        # One that has little more than the last is not worth the reading.
        worth = sum(self._adopted) + node.settings.denylist_exact // 2
        if recorded and sum(recorded[0].positions) >= worth and (found := await self.find()):
            await self.adopt(found.snapshots)
            self._adopted = found.whole.positions
            return
        with self._shelf.turn() as ours:
            if ours and await self._turn():
                await self.make()

    async def find(self) -> Found | None:
        """The newest that can be trusted. Raises StoreError."""
        names = tuple(tenant.name for tenant in self._node.tenants())
        return await self._finder.newest(await self._node.store.snapshots(), names)

    async def adopt(self, snapshots: dict[str, Snapshot]) -> None:
        """Read these from now on. Raises RuntimeError where a denylist is being pruned."""
        for name, snapshot in snapshots.items():
            tenant = self._node.of(name)
            await asyncio.to_thread(tenant.denylist.adopt, snapshot)

    async def make(self) -> None:
        """Make a set of snapshots, adopt them, and tell the others. Raises as `look` does."""
        node = self._node
        master = node.keyring.current
        key = key_of(master)
        # Before anything is read: what comes later may be in it or not.
        positions = tuple(node.feed.positions)
        until = node.forgetting.until(node.now())
        snapshots = {}
        for tenant in node.tenants():
            claim = Claim(tenant.name, self._database, positions)
            made = await asyncio.to_thread(self._compact, tenant, key, claim, until)
            snapshots[tenant.name] = made
        whole = compose(
            tuple(snapshots.values()), key=key, database=self._database, positions=positions
        )
        keep = partial(self._shelf.keep, whole, partial(self._finder.read, key=key))
        await asyncio.to_thread(keep)
        await self.adopt(snapshots)
        self._adopted = positions
        await self._carry(whole, snapshots)
        recorded = RecordedSnapshot(whole.digest, master.id, positions, node.now_ms())
        await node.store.record_snapshot(recorded)
        await self._drop_old()
        _log.info("made a snapshot of %d revocations", sum(map(len, snapshots.values())))

    def _compact(self, tenant: Tenant, key: bytes, claim: Claim, until: int) -> Snapshot:
        place = self._shelf.place()
        snapshot = compact(tenant.denylist, place, key=key, claim=claim, now=until)
        self._shelf.name(place, snapshot)
        return snapshot

    async def _turn(self) -> bool:
        if self._carrier is None:
            return True
        try:
            return await self._carrier.turn()
        except DOWN:
            return True  # each machine has its own then

    async def _carry(self, whole: SnapshotSet, snapshots: dict[str, Snapshot]) -> None:
        if self._carrier is None:
            return
        try:
            await self._carrier.put(whole, tuple(snapshots.values()))
        except DOWN as error:
            _log.warning("Redis does not carry a snapshot: %s", explain(error))

    async def _drop_old(self) -> None:
        if self._carrier is None:
            return
        old = (await self._node.store.snapshots())[KEPT:]
        try:
            await self._carrier.drop(each.digest for each in old)
        except DOWN as error:
            _log.warning("Redis carries old snapshots until they expire: %s", explain(error))
