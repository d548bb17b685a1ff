"""A server of a test's own that listens on loopback, on a loop in a thread of its own."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TypeVar

from .postgres import free_port

Done = TypeVar("Done")


class Listening(ABC):
    """Hands every connection to `_serve`, until `stop`."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: asyncio.Server | None = None
        self._loop = asyncio.new_event_loop()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        if not ready.wait(10) or self._server is None:
            raise RuntimeError(f"nothing listens on {self.port}")

    @abstractmethod
    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until it ends."""

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._listen())
        finally:
            ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._one, "127.0.0.1", self.port)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # `stop` ends it; streams would tell of it as an error
        finally:
            writer.transport.abort()

    def _do(self, act: Callable[[], Done]) -> Done:
        """Act in the loop's thread, and wait for what it answers."""

        async def acting() -> Done:
            return act()

        return asyncio.run_coroutine_threadsafe(acting(), self._loop).result(10)

    def stop(self) -> None:
        """End every connection, and listen no more."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        self._deafen()
        tasks = asyncio.all_tasks(self._loop) - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # sockets are closed in a later turn of the loop

    def _deafen(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
