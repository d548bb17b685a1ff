"""A connection of its own for small statements that nothing else may hold up.

What a node knows of the cluster must not wait behind readers that use up the pool, nor behind a
writer that waits for a lock: it would grow stale of its own load.
"""

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from storage.sql.script import Script

from .connecting import connect
from .reader import patiently
from .running import Connection, run

Done = TypeVar("Done")


class Line:
    """Runs one script at a time, each statement a transaction; every wait has an end."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._turn = asyncio.Lock()
        self._db: Connection | None = None

    async def run(self, script: Callable[[], Script[Done]]) -> Done:
        """What the script answers, which does no harm twice. Raises as `patiently` does."""
        async with self._turn:
            return await patiently(partial(self._run, script))

    async def _run(self, script: Callable[[], Script[Done]]) -> Done:
        try:
            if self._db is None or self._db.is_closed():
                self._db = await connect(self._url)
            return await run(self._db, script())
        except BaseException:
            # Whatever it was, the next one begins on a connection that is known to be good.
            self.close()
            raise

    def close(self) -> None:
        """Tear the connection down; another `run` makes a new one."""
        if self._db is not None:
            with contextlib.suppress(Exception):
                self._db.terminate()
            self._db = None
