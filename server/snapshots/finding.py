"""Finds the newest snapshot that a node can trust, on its machine or in Redis.

Nothing is adopted before all of it is there and was verified. Whatever does not fit is passed over;
where nothing is left the whole log is read.
"""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from functools import partial

from engine import Keyring
from engine.errors import SnapshotRefused
from engine.parcels import Manifest
from engine.snapshot import Snapshot
from server.redis.client import DOWN, explain
from storage.cluster import RecordedSnapshot

from .carrier import TIMEOUT_S, Carrier
from .sets import SnapshotSet, key_of, read
from .shelf import Shelf

_TRIED = 4  # of the newest; an older one would leave most of the log to be read

_log = logging.getLogger("marzipan.snapshots")


class Found:
    """A set, and its snapshots by tenant."""

    def __init__(self, whole: SnapshotSet, snapshots: dict[str, Snapshot]) -> None:
        self.whole = whole
        self.snapshots = snapshots


class Finder:
    """Looks on the shelf first, then in Redis, where there is one."""

    def __init__(
        self, shelf: Shelf, carrier: Carrier | None, keyring: Keyring, database: str
    ) -> None:
        self._shelf = shelf
        self._carrier = carrier
        masters = (keyring.current, *keyring.retired)
        self._keys = {master.id: key_of(master) for master in masters}
        self._database = database

    async def newest(
        self, recorded: Sequence[RecordedSnapshot], tenants: Sequence[str]
    ) -> Found | None:
        """The newest of those that the database knows which is whole and covers these tenants."""
        for each in recorded[:_TRIED]:
            if (key := self._keys.get(each.master_id)) is None:
                continue
            try:
                if found := await self._found(each, key, tenants):
                    return found
            except SnapshotRefused as error:
                _log.warning("a snapshot of what is revoked was passed over: %s", error)
            except DOWN as error:
                # A folder that can't be used is an OSError too.
                _log.warning("a snapshot of what is revoked can't be had: %s", explain(error))
        return None

    async def _found(
        self, recorded: RecordedSnapshot, key: bytes, tenants: Sequence[str]
    ) -> Found | None:
        data = await asyncio.to_thread(self._shelf.set_of, recorded.digest)
        if data is None and self._carrier is not None:
            data = await self._carrier.set_of(recorded.digest)
        if data is None:
            return None
        whole = self.read(data, recorded.digest, key)
        if whole.positions != recorded.positions:
            raise SnapshotRefused("a set of snapshots is of other positions than recorded")
        if not set(tenants) <= whole.manifests.keys():
            raise SnapshotRefused("it lacks a tenant of this node")
        snapshots = {}
        for tenant in tenants:
            snapshot = await self._snapshot(recorded.digest, whole.manifests[tenant], key)
            if snapshot is None:
                return None
            snapshots[tenant] = snapshot
        # What came by Redis is here the next time.
        await asyncio.to_thread(self._shelf.keep, whole, partial(self.read, key=key))
        return Found(whole, snapshots)

    def read(self, data: bytes, digest: bytes, key: bytes) -> SnapshotSet:
        """The set of that digest. Raises SnapshotRefused."""
        return read(data, digest, key=key, database=self._database)

    async def _snapshot(self, digest: bytes, manifest: Manifest, key: bytes) -> Snapshot | None:
        kept = None
        try:
            kept = await asyncio.to_thread(self._shelf.open, manifest, key)
        except SnapshotRefused as error:
            _log.warning("a file of what is revoked is of no use: %s", error)
        if kept is not None or self._carrier is None:
            return kept
        carrier, loop = self._carrier, asyncio.get_running_loop()

        def fetched() -> Iterator[bytes]:
            for number in range(len(manifest.chunks)):
                asked = carrier.chunk(digest, manifest, number)
                yield asyncio.run_coroutine_threadsafe(asked, loop).result(2 * TIMEOUT_S)

        return await asyncio.to_thread(self._shelf.fetch, manifest, fetched(), key)
