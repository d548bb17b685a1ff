"""Verify by how many keys are stored: of a key whose record is in memory, and of one that is not.

A miss is the whole road: the verifier asks for the record, the store reads the row, the verifier
judges. The file is in the page cache, as that of a running server is.
"""

import asyncio
import random
import tempfile
from collections.abc import Awaitable, Callable
from itertools import accumulate
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
DRAWS = 200_000

Act = Callable[[bytes, str], Awaitable[None]]


class Growing:
    """A store of many keys, and a verifier over it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys = Keyring(MasterSecret(1, bytes(range(32)))).tenant(TENANT)
        self._denylist = Denylist()
        for number in range(REVOKED):
            self._denylist.add(Kind.BLOCK, number.to_bytes(16, "little"), 0, NOW * 2)
        self.remember(1_000_000)
        self._access = Access(now=NOW, scopes=("payments:execute",))
        self._texts: list[tuple[bytes, str]] = []
        self._source = random.Random(5)
        self.count = 0

    def remember(self, capacity: int) -> None:
        """Forget all records, and keep so many from now on."""
        self._records = Records(lambda key_id: self._store.get(TENANT, key_id), capacity=capacity)
        self._verifier = Verifier(self._keys, denylist=self._denylist, records=self._records.table)

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

    async def by_zipf(self, share: float) -> tuple[float, float, int]:
        """Hits in 100, microseconds a verify and the keys asked for, by Zipf's law, with memory for
        such a share of them; the first half of the draws only fills it.
        """
        asked = self._texts
        self.remember(max(1, int(len(asked) * share)))
        weights = list(accumulate(1 / rank for rank in range(1, len(asked) + 1)))
        draws = self._source.choices(asked, cum_weights=weights, k=DRAWS)
        for key_id, _ in draws[: DRAWS // 2]:
            await self._records.fetch(key_id)
        missed, began = 0, perf_counter()
        for key_id, text in draws[DRAWS // 2 :]:
            try:
                self._verifier.verify(text, self._access)
            except RecordNeeded:
                missed += 1
                await self._records.fetch(key_id)
                self._verifier.verify(text, self._access)
        count = DRAWS - DRAWS // 2
        took = (perf_counter() - began) / count * 1e6
        return 100 * (1 - missed / count), took, len(asked)

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
            for share in (0.01, 0.1, 1.0):
                hits, took, asked = await growing.by_zipf(share)
                what = f"{size:,} keys, Zipf, {share:.0%} in memory"
                note = f"{DRAWS:,} draws of {asked:,} keys, half of them to fill the memory"
                section.add(f"{what}: hits", "%", [hits], note=note)
                section.add(f"{what}: verify", "us", [took], note="hits and misses together")
        finally:
            await store.close()


def grow_keys(section: Section, sizes: tuple[int, ...]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_measure(section, sizes))
