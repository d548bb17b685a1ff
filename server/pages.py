"""Reads the revocation log for many followers at once.

All who follow are told of the same entry in the same moment, and ask for the same page of the log:
it is read from the database once.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from storage.base import LogEntry, RevocationLog

from .feed import Feed

_KEPT = 64

_Key = tuple[int, int, int, int]


class Pages:
    """Pages of what this node has applied; entries beyond are not there yet."""

    def __init__(self, log: RevocationLog, feed: Feed) -> None:
        self._log = log
        self._feed = feed
        self._pages = OrderedDict[_Key, asyncio.Future[Sequence[LogEntry]]]()

    def moved(self, after: Sequence[int]) -> bool:
        """Whether anything was applied behind these positions."""
        return any(map(int.__gt__, self._feed.positions, after))

    async def read(self, after: list[int], limit: int) -> list[LogEntry]:
        """Up to `limit` entries of each shard behind `after`, which is moved behind them.

        Raises StoreUnavailable.
        """
        entries: list[LogEntry] = []
        for shard, end in enumerate(list(self._feed.positions)):
            if end <= after[shard]:
                continue
            page = [e for e in await self._page(shard, after[shard], end, limit) if e.seq <= end]
            entries += page
            # What was pruned is not there, and won't come.
            after[shard] = page[-1].seq if len(page) >= limit else end
        return entries

    async def _page(self, shard: int, after: int, end: int, limit: int) -> Sequence[LogEntry]:
        key = (shard, after, end, limit)
        page = self._pages.get(key)
        if page is None:
            page = asyncio.ensure_future(self._read(shard, after, limit))
            self._pages[key] = page
            if len(self._pages) > _KEPT:
                self._pages.popitem(last=False)
        try:
            # Who leaves must not take it from the others.
            return await asyncio.shield(page)
        except Exception:
            if self._pages.get(key) is page:
                del self._pages[key]
            raise

    async def _read(self, shard: int, after: int, limit: int) -> Sequence[LogEntry]:
        return await self._log.read(shard, after, limit)
