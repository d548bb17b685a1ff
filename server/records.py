"""Key records in process memory, evicted by every change, never resurrected.

Three rules: one load per key at a time (single flight); what was loaded is kept only if no
eviction of that key came since the load began; the table is bounded, oldest out first. Only keys
whose chain was authentic are ever looked up here, so strangers cannot fill it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping

from engine import KeyRecord, cidr
from engine.types import IMPORTED
from storage.base import KeyKind, StoredKey

from .oldest import oldest

Load = Callable[[bytes], Awaitable[StoredKey | None]]


def pinned_master(key: StoredKey) -> int:
    """The master id that the header of a credential for this key must have.

    The row of an imported key names the master of its digest, under which nobody minted it.
    """
    return IMPORTED if key.kind is KeyKind.IMPORTED else key.master_id


def record_of(key: StoredKey) -> KeyRecord:
    """What the verifier needs of a stored key."""
    return KeyRecord(
        master_id=pinned_master(key),
        issued_at=key.issued_at,
        expires_at=key.expires_at,
        status=key.status,
        visibility=key.visibility,
        generation=key.generation,
        actor=key.actor,
        scopes=key.scopes,
        networks=None if key.networks is None else tuple(map(cidr, key.networks)),
        limit=key.limit,
    )


def _retrieved(flight: asyncio.Future[StoredKey | None]) -> None:
    """Look at a failure that nobody waits for any more, or it would be reported as lost."""
    _ = flight.cancelled() or flight.exception()


class Records(Mapping[bytes, KeyRecord]):
    """The cached keys of one tenant; as a mapping, the records that its Verifier reads."""

    def __init__(self, load: Load, *, capacity: int = 1_000_000) -> None:
        self._load = load
        self._capacity = capacity
        self._records: dict[bytes, KeyRecord] = {}
        self._keys: dict[bytes, StoredKey] = {}
        self._loading: dict[bytes, asyncio.Future[StoredKey | None]] = {}

    @property
    def table(self) -> dict[bytes, KeyRecord]:
        """The records themselves, as the compiled road reads them quickest; not to be changed."""
        return self._records

    def key(self, key_id: bytes) -> StoredKey | None:
        """The cached key, or None; never loads."""
        return self._keys.get(key_id)

    async def fetch(self, key_id: bytes) -> StoredKey | None:
        """The key, loaded and kept where it was not cached; None where there is none."""
        if (cached := self._keys.get(key_id)) is not None:
            return cached
        flight = self._loading.get(key_id)
        if flight is None:
            flight = self._loading[key_id] = asyncio.ensure_future(self._fly(key_id))
            flight.add_done_callback(_retrieved)
        return await asyncio.shield(flight)

    async def _fly(self, key_id: bytes) -> StoredKey | None:
        # What was loaded is kept before the flight is over: whoever finds it landed finds the key.
        flight = asyncio.current_task()
        try:
            key = await self._load(key_id)
            # Evicted meanwhile, what was loaded may be older than the eviction.
            if key is not None and self._loading.get(key_id) is flight:
                for old in oldest(self._keys, self._capacity):
                    self.evict(old)
                record = record_of(key)
                self._keys[key_id], self._records[key_id] = key, record
            return key
        finally:
            if self._loading.get(key_id) is flight:
                del self._loading[key_id]

    def evict(self, key_id: bytes) -> None:
        """Forget a key; loads of it that are under way will not be kept."""
        self._keys.pop(key_id, None)
        self._records.pop(key_id, None)
        self._loading.pop(key_id, None)

    def clear(self) -> None:
        """Forget all keys; loads that are under way will not be kept."""
        self._keys.clear()
        self._records.clear()
        self._loading.clear()

    def __getitem__(self, key_id: bytes) -> KeyRecord:
        return self._records[key_id]

    def get(self, key_id: bytes, default: object = None) -> KeyRecord | None:  # type: ignore[override]
        return self._records.get(key_id)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._records)

    def __len__(self) -> int:
        return len(self._records)
