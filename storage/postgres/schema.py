"""The schema of a database on a server: what it has, and what it lacks.

Every step is one statement that may be said twice, in no transaction with others: some servers
commit one at every such statement. Nodes that start together take turns by a row with an owner and
an end, which outlives no crash for long.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Sequence

from storage.errors import StoreUnavailable
from storage.migrate import INSERT, SELECT, TABLE, Migration, compare, known, require_all

from .again import TRIES, has_lost_a_race, pause
from .connecting import connect, explained
from .running import Connection, marked

_EXISTS = "SELECT 1 FROM information_schema.tables WHERE table_name = 'schema_migrations'"
_LOCKS = """
CREATE TABLE IF NOT EXISTS schema_lock (
    id SMALLINT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, until_ms BIGINT NOT NULL
)"""
_SEED = "INSERT INTO schema_lock (id, owner, until_ms) VALUES (1, '', 0) ON CONFLICT DO NOTHING"
_TAKE = "UPDATE schema_lock SET owner = $1, until_ms = $2 WHERE id = 1 AND until_ms < $3"
_FREE = "UPDATE schema_lock SET until_ms = 0 WHERE id = 1 AND owner = $1"
_HELD_MS = 60_000
_STEP_S = 50.0
_WAIT_S = 90.0


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
        async with _turn(db):
            done = []
            for step in await _steps(db):
                if not step.applied:
                    await _say(db, step.sql)
                    now = int(time.time())
                    await _say(db, marked(INSERT), step.name, step.checksum, now)
                    done.append(step.name)
            return done


async def check(url: str) -> None:
    """Raise SchemaMismatch unless the database has every step, unedited, and no others."""
    require_all(await status(url))


async def _say(db: Connection, statement: str, *values: object) -> str:
    """Say it, again where it lost a race: alone in its transaction it was then not done at all."""
    tries = 0
    while True:
        try:
            return await db.execute(statement, *values, timeout=_STEP_S)
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
async def _turn(db: Connection) -> AsyncIterator[None]:
    owner, began = secrets.token_hex(8), time.monotonic()
    while True:
        now = int(time.time() * 1000)
        if await _say(db, _TAKE, owner, now + _HELD_MS, now) == "UPDATE 1":
            break
        if time.monotonic() - began > _WAIT_S:
            raise StoreUnavailable("Another node has been changing the schema for too long.")
        await asyncio.sleep(0.2)
    try:
        yield
    finally:
        await _say(db, _FREE, owner)


async def _steps(db: Connection) -> Sequence[Migration]:
    rows = await db.fetch(SELECT) if await db.fetch(_EXISTS) else []
    return compare(known("postgres"), {name: checksum for name, checksum in rows})


@contextlib.asynccontextmanager
async def _connection(url: str) -> AsyncIterator[Connection]:
    db = await connect(url)
    try:
        with explained():
            yield db
    finally:
        db.terminate()
