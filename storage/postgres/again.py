"""When something is tried again, and how long it waits before."""

import asyncio
import random

import asyncpg

TRIES = 10
# The transaction was the loser of a race, and may be tried again as it is.
_RACES = ("40001", "40P01", "55P03")
# The server was left, or leaves: what was not committed is gone, what was is unknown.
_LOST = ("08", "57P", "25P03", "40003", "53300")
_BACKOFF_S = 0.005
_DOUBLINGS = 7


def has_lost_a_race(error: BaseException) -> bool:
    """Whether the same transaction may succeed when it is begun again."""
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate in _RACES


def has_old_plan(error: BaseException) -> bool:
    """Whether the schema has changed under a statement that the connection had prepared.

    asyncpg knows what Postgres says then. CockroachDB has the same code for it, which is that of
    all that is not supported, but not what asyncpg goes by (cockroach issue 49329): so its words.
    """
    return isinstance(error, asyncpg.InvalidCachedStatementError) or (
        isinstance(error, asyncpg.FeatureNotSupportedError) and "cached plan" in str(error)
    )


def is_lost(error: BaseException) -> bool:
    """Whether the connection is of no more use, and what it was committing is unknown."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(_LOST)
    # A standby that was to be a primary is of neither kind of asyncpg's errors.
    return isinstance(
        error, OSError | TimeoutError | asyncpg.InterfaceError | asyncpg.InternalClientError
    )


async def pause(attempt: int) -> None:
    """Wait a random part of a time that doubles: who lost one race come back at different moments.

    Full jitter, after Amazon's "Exponential Backoff And Jitter" (2015).
    """
    await asyncio.sleep(random.random() * _BACKOFF_S * 2 ** min(attempt, _DOUBLINGS))
