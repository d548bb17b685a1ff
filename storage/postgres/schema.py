"""The schema of a database on a server: what it has, and what it lacks.

Every step is one statement that may be said twice, in no transaction with others: some servers
commit one at every such statement. Nodes that start together take turns by a row with an owner and
an end, which outlives no crash for long.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

from storage.errors import StoreUnavailable
from storage.migrate import INSERT, SELECT, TABLE, Migration, compare, known, require_all

from .again import TRIES, has_lost_a_race, pause
from .connecting import connect, explained
from .running import CLOCK, Connection, marked

_EXISTS = "SELECT 1 FROM information_schema.tables WHERE table_name = 'schema_migrations'"
_LOCKS = """
CREATE TABLE IF NOT EXISTS schema_lock (
    id SMALLINT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, until_ms BIGINT NOT NULL
)"""
_SEED = "INSERT INTO schema_lock (id, owner, until_ms) VALUES (1, '', 0) ON CONFLICT DO NOTHING"
# By the database's clock alone: a node whose own is ahead must not take another's turn away.
_TAKE = f"""
UPDATE schema_lock SET owner = $1, until_ms = {CLOCK} + {{held}}
WHERE id = 1 AND (until_ms < {CLOCK} OR owner = $1)"""
_FREE = "UPDATE schema_lock SET until_ms = 0 WHERE id = 1 AND owner = $1"
_HELD_MS = 60_000
_STEP_S = 50.0
_WAIT_S = 90.0

Done = TypeVar("Done")


async def status(url: str) -> Sequence[Migration]:
    """Every step in order. Raises SchemaMismatch, StoreError; changes nothing."""
    async with _connection(url) as db:
        return await _steps(db)


async def up(url: str) -> Sequence[str]:
    """Apply what is missing; the names applied. Raises as `status`."""
    async with _connection(url) as db:
        if all(step.applied for step in await _steps(db)):
            return []
        await _tables(db)
        async with _turn(db) as owner:
            done = []
            for step in await _steps(db):
                if not step.applied:
                    # Many long steps take longer than one turn.
                    if not await _take(db, owner):
                        raise StoreUnavailable("Another node is changing the schema. Try again.")
                    await _say(db, step.sql)
                    now = int(time.time())
                    await _say(db, marked(INSERT), step.name, step.checksum, now)
                    done.append(step.name)
            return done


async def check(url: str) -> None:
    """Raise SchemaMismatch unless the database has every step, unedited, and no others."""
    require_all(await status(url))


async def _say(db: Connection, statement: str, *values: object) -> str:
    """Say it, again where it lost a race."""
    return await _again(lambda: db.execute(statement, *values, timeout=_STEP_S))


async def _again(ask: Callable[[], Awaitable[Done]]) -> Done:
    """What a statement answers that is alone in its transaction: one that lost a race did nothing.

    On a server that is always serializable even one that only reads may lose.
    """
    tries = 0
    while True:
        try:
            return await ask()
        except Exception as error:
            tries += 1
            if not has_lost_a_race(error) or tries == TRIES:
                raise
        await pause(tries - 1)


async def _tables(db: Connection) -> None:
    for statement in (TABLE, _LOCKS, _SEED):
        for _ in range(3):
            # Two that make one table at the same moment: one of them is told so.
            with contextlib.suppress(Exception):
                await _say(db, statement)
                break


@contextlib.asynccontextmanager
async def _turn(db: Connection) -> AsyncIterator[str]:
    owner, began = secrets.token_hex(8), time.monotonic()
    while not await _take(db, owner):
        if time.monotonic() - began > _WAIT_S:
            raise StoreUnavailable("Another node has been changing the schema for too long.")
        await asyncio.sleep(0.2)
    try:
        yield owner
    finally:
        await _say(db, _FREE, owner)


async def _take(db: Connection, owner: str) -> bool:
    """Begin a turn, or lengthen the own one; False where it is another's."""
    return await _say(db, _TAKE.format(held=_HELD_MS), owner) == "UPDATE 1"


async def _steps(db: Connection) -> Sequence[Migration]:
    there = await _again(lambda: db.fetch(_EXISTS))
    rows = await _again(lambda: db.fetch(SELECT)) if there else []
    return compare(known("postgres"), {name: checksum for name, checksum in rows})


@contextlib.asynccontextmanager
async def _connection(url: str) -> AsyncIterator[Connection]:
    db = await connect(url)
    try:
        with explained():
            yield db
    finally:
        db.terminate()
