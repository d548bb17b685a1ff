"""Reads, each tried again where the server says that it may succeed then.

Servers that keep transactions serializable refuse a read, too, where it lost a race. A script is
run again from its start, so that no answer is made of two moments.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from storage.sql.script import Script

from .again import TRIES, has_lost_a_race, has_old_plan, is_lost, pause
from .connecting import Pool, explained, reading
from .running import Connection, run

Done = TypeVar("Done")

# A try that begins within this time is the last one. How long it lasts is bounded by what each
# statement may last.
PATIENCE_S = 4.0
_LOST_TRIES = 2
_MOMENT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Reader:
    """Reads over a pool of connections; `close` tears them down."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def read(self, script: Callable[[], Script[Done]]) -> Done:
        """Run a script, each statement by itself. Raises StoreUnavailable, and what it raises."""

        async def once() -> Done:
            async with reading(self._pool) as db:
                return await run(db, script())

        return await patiently(once)

    async def moment(self, script: Callable[[], Script[Done]]) -> Done:
        """Run a script that sees the database of one moment. Raises as `read`."""

        async def once() -> Done:
            async with reading(self._pool) as db:
                return await in_one_moment(db, script())

        return await patiently(once)

    def close(self) -> None:
        self._pool.terminate()


async def patiently(once: Callable[[], Awaitable[Done]]) -> Done:
    """What it answers, tried again where that helps. Raises StoreUnavailable, and what it raises.

    A server that does not answer in time is not asked again: whoever waits has waited long enough.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE_S
    tries = lost = 0
    with explained():
        while True:
            try:
                return await once()
            except Exception as error:
                tries += 1
                lost += is_lost(error)
                if not _helps(error, lost) or tries == TRIES or loop.time() > deadline:
                    raise
            await pause(tries - 1)


def _helps(error: Exception, lost: int) -> bool:
    """Whether to try again after this error, and after so many lost connections."""
    if is_lost(error):
        return lost < _LOST_TRIES and not isinstance(error, TimeoutError)
    return has_lost_a_race(error) or has_old_plan(error)


async def in_one_moment(db: Connection, script: Script[Done]) -> Done:
    """Run a script that sees the database of one moment."""
    await db.execute(_MOMENT)
    try:
        answer = await run(db, script)
    except Exception as error:
        # A server that is not there any more is not waited for a second time.
        if not is_lost(error):
            await _end(db)
        raise
    await _end(db)
    return answer


async def _end(db: Connection) -> None:
    try:
        await db.execute("ROLLBACK")
    except Exception:
        # Nothing was to be written. Whoever has this connection next shall not be in there.
        db.terminate()
