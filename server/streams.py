"""Answers that stay open: how many a node holds at once, and that they end when it stops."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator

from .problems import Problem

# Each holds a connection, a task and a page of entries.
MOST = 256
# Of many tenants none may take them all.
_SHARE = 4


class Streams:
    """Counts what is open. An answer is opened before it is begun and again where it runs."""

    def __init__(self, most: int = MOST, *, shared: bool = False) -> None:
        """`shared`: there are several tenants, so that each has a part of them at most."""
        self._most = most
        self._shared = shared
        self._closed = asyncio.Event()
        self._of = Counter[str]()

    @property
    def open(self) -> int:
        """How many there are."""
        return self._of.total()

    def require_room(self, tenant: str) -> None:
        """Raises Problem 503 where as many are open as may be, or the node stops."""
        most = max(1, self._most // _SHARE) if self._shared else self._most
        if self._closed.is_set() or self._of[tenant] >= most or self.open >= self._most:
            message = f"This node holds {most} streams open, and no more. Try again later."
            raise Problem("SERVICE_UNAVAILABLE", message, headers=((b"retry-after", b"5"),))

    @contextlib.contextmanager
    def place(self, tenant: str) -> Iterator[None]:
        """One of them is open within. Raises what `require_room` raises."""
        self.require_room(tenant)
        self._of[tenant] += 1
        try:
            yield
        finally:
            self._of[tenant] -= 1

    @property
    def closed(self) -> bool:
        """Whether every stream is to end."""
        return self._closed.is_set()

    def close(self) -> None:
        """Have every stream end, and let none begin."""
        self._closed.set()

    async def wait(self, event: asyncio.Future[None], seconds: float) -> None:
        """Wait until something happens, the node stops, or so many seconds are over."""
        closed = asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait(
                (event, closed), timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            event.cancel()
            closed.cancel()
