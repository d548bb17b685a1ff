"""Verify by how many keys are stored: of a key whose record is in memory, and of one that is not.

A miss is the whole road: the verifier asks for the record, the store reads the row, the verifier
judges. The file is in the page cache, as that of a running server is.
"""

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable
from time import perf_counter

import uvloop

from bench.corpus import REVOKED
from bench.filling import NOW, TENANT, change, stored
from bench.results import Section
from engine import Access, Denylist, Keyring, Kind, MasterSecret, RecordNeeded, Verifier
from server.records import Records
from storage import migrate_up, open_store
from storage.base import Store

SAMPLE = 2000
CACHED = 100_000
HOT = 1000
KEPT = 200_000  # texts of each step
BATCH = 10_000
ROUNDS = 10

Act = Callable[[bytes, str], Awaitable[None]]


class Growing:
    """A store of many keys, and a verifier over it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys = Keyring(MasterSecret(1, bytes(range(32)))).tenant(TENANT)
        self._records = Records(lambda key_id: store.get(TENANT, key_id))
        denylist = Denylist()
        for number in range(REVOKED):
            denylist.add(Kind.BLOCK, number.to_bytes(16, "little"), 0, NOW * 2)
        self._verifier = Verifier(self._keys, denylist=denylist, records=self._records)
        self._access = Access(now=NOW, scopes=("payments:execute",))
        self._texts: list[tuple[bytes, str]] = []
        self._source = random.Random(5)
        self.count = 0

    async def grow(self, size: int) -> None:
        """Adds keys until there are so many; some texts stay in hand.

        In the order of their ids, or most of the time would go into pages of the tree that are
        written again and again.
        """
        ids = []
        for number in range(size - self.count):
            minted = self._keys.mint_key(now=NOW)
            ids.append(minted.key_id)
            if number < KEPT:
                self._texts.append((minted.key_id, minted.text))
        ids.sort()
        for start in range(0, len(ids), BATCH):
            some = ids[start : start + BATCH]
            keys = tuple(stored(key_id, scopes=("payments:*",)) for key_id in some)
            await self._store.commit(change(insert=keys))
        self.count = size

    async def warm(self) -> None:
        """Caches as many keys as a busy node has."""
        for key_id, _ in self._texts[:CACHED]:
            await self._records.fetch(key_id)

    async def time(self, act: Act, among: int) -> list[float]:
        """Microseconds an act over random keys among the first so many, in rounds."""
        found = []
        for _ in range(ROUNDS):
            sample = self._source.choices(self._texts[:among], k=SAMPLE // ROUNDS)
            began = perf_counter()
            for key_id, text in sample:
                await act(key_id, text)
            found.append((perf_counter() - began) / len(sample) * 1e6)
        return found

    async def hit(self, _: bytes, text: str) -> None:
        self._verifier.verify(text, self._access)

    async def miss(self, key_id: bytes, text: str) -> None:
        self._records.evict(key_id)
        try:
            self._verifier.verify(text, self._access)
        except RecordNeeded:
            await self._records.fetch(key_id)
            self._verifier.verify(text, self._access)
            return
        raise AssertionError("the record was still there")


async def _measure(section: Section, sizes: tuple[int, ...]) -> None:
    with tempfile.TemporaryDirectory(prefix="marzipan-bench-") as folder:
        url = f"sqlite:///{folder}/bench.db"
        await migrate_up(url)
        store = await open_store(url)
        try:
            growing = Growing(store)
            for size in sizes:
                await growing.grow(size)
                await growing.warm()
                for name, act, among in (
                    ("hit", growing.hit, HOT),
                    ("hit, all cached in use", growing.hit, CACHED),
                    ("miss", growing.miss, size),
                ):
                    values = await growing.time(act, among)
                    section.add(f"verify, {size:,} keys, {name}", "us", values, x=size, series=name)
        finally:
            await store.close()


def grow_keys(section: Section, sizes: tuple[int, ...]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_measure(section, sizes))
