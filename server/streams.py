"""Answers that stay open: how many a node holds at once, and that they end when it stops."""

import asyncio
import contextlib
from collections.abc import Iterator

from .problems import Problem

# Each holds a connection, a task and a page of entries.
MOST = 256


class Streams:
    """Counts what is open. An answer is opened before it is begun and again where it runs."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._closed = asyncio.Event()
        self.open = 0

    def require_room(self) -> None:
        """Raises Problem 503 where as many are open as may be, or the node stops."""
        if self.open >= self._most or self._closed.is_set():
            message = f"This node holds {self._most} streams open, and no more. Try again later."
            raise Problem("SERVICE_UNAVAILABLE", message, headers=((b"retry-after", b"5"),))

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """One of them is open within. Raises what `require_room` raises."""
        self.require_room()
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1

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
