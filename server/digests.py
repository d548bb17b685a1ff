"""Which imported key a digest is of, in process memory: right after every change.

What is remembered is an answer of the store under the first of the digests that were asked for,
never a raw key. Four rules: one load per digest at a time (single flight); a key that was loaded is
kept only if no eviction of it came since the load began, and "there is none" only if no key was
imported since; both tables are bounded, oldest out first; where the tenant has no imported keys at
all, nothing is loaded.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from storage.base import StoredKey

from .oldest import make_room, oldest

Load = Callable[[Sequence[bytes]], Awaitable[StoredKey | None]]


class _Flight:
    """A load under way, and what happened since it began."""

    __slots__ = ("dropped", "evicted", "found", "imported")

    found: asyncio.Future[None]

    def __init__(self) -> None:
        self.evicted: set[bytes] = set()
        self.imported = False
        self.dropped = False


class DigestIds:
    """Digest -> id of the imported key, None where there is none; KeyError where it is not known.

    `capacity` bounds the keys, `strangers` the digests that no key has.
    """

    def __init__(self, *, capacity: int = 1_000_000, strangers: int = 100_000) -> None:
        self._capacity = capacity
        self._most_strangers = strangers
        self._any = False
        self._ids: dict[bytes, bytes] = {}
        self._digests: dict[bytes, bytes] = {}
        self._strangers: dict[bytes, None] = {}
        self._loading: dict[bytes, _Flight] = {}

    def __getitem__(self, digest: bytes) -> bytes | None:
        if (key_id := self._ids.get(digest)) is not None:
            return key_id
        if not self._any or digest in self._strangers:
            return None
        raise KeyError("not in memory")

    async def find(self, digests: Sequence[bytes], load: Load) -> None:
        """Ask whose digests these are, and remember it where that is safe. Raises what `load` does.

        Of all that ask meanwhile for the same one, the first one's `load` answers.
        """
        first = digests[0]
        flight = self._loading.get(first)
        if flight is None:
            flight = self._loading[first] = _Flight()
            flight.found = asyncio.ensure_future(self._fly(first, flight, load, digests))
            flight.found.add_done_callback(lambda found: found.cancelled() or found.exception())
        await asyncio.shield(flight.found)

    async def _fly(
        self, first: bytes, flight: _Flight, load: Load, digests: Sequence[bytes]
    ) -> None:
        # Remembered before the flight is over: whoever finds it landed finds the answer.
        try:
            key = await load(digests)
        finally:
            del self._loading[first]
        if key is None:
            if not flight.imported:
                make_room(self._strangers, self._most_strangers)
                self._strangers[first] = None
        elif key.key_id not in flight.evicted and not flight.dropped:
            for old in oldest(self._ids, self._capacity):
                del self._digests[self._ids.pop(old)]
            self._ids[first] = key.key_id
            self._digests[key.key_id] = first

    def evict(self, key_id: bytes) -> None:
        """Forget whose key this is; loads that are under way will not bring it back."""
        if (digest := self._digests.pop(key_id, None)) is not None:
            del self._ids[digest]
        for flight in self._loading.values():
            flight.evicted.add(key_id)

    def clear(self) -> None:
        """Forget everything; of loads that are under way nothing is kept."""
        self._ids.clear()
        self._digests.clear()
        self._strangers.clear()
        for flight in self._loading.values():
            flight.imported = flight.dropped = True

    def imported(self) -> None:
        """Forget who is a stranger: the tenant has an imported key that was not there before."""
        self._any = True
        self._strangers.clear()
        for flight in self._loading.values():
            flight.imported = True
