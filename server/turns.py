"""Whose turn it is: changes of one key are made one after another, those of others meanwhile.

A change that loses a race against another node is done again; here, where all changes can be seen,
none has to lose. A revocation waits for nobody: it rests on nothing that another could change.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """One queue per key, first come first served; a queue that nobody stands in is forgotten."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[tuple[str, bytes], asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, tenant: str, key_id: bytes) -> AsyncIterator[None]:
        """Wait for the turn at a tenant's key, and hold it."""
        lock = self._locks.setdefault((tenant, key_id), asyncio.Lock())
        async with lock:
            yield

    def __len__(self) -> int:
        return len(self._locks)
