"""Reading one moment of a database on a server, on a connection of its own."""

from collections.abc import Callable
from typing import TypeVar

from storage.sql.script import Script

from . import schema
from .connecting import connect, explained
from .running import Connection, run

Done = TypeVar("Done")

_MOMENT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


async def read_once(url: str, script: Callable[[], Script[Done]]) -> Done:
    """Run a script on a connection of its own. Raises StoreError, SchemaMismatch."""
    await schema.check(url)
    db = await connect(url)
    try:
        with explained():
            return await in_one_moment(db, script())
    finally:
        db.terminate()


async def in_one_moment(db: Connection, script: Script[Done]) -> Done:
    """Run a script that sees the database of one moment."""
    await db.execute(_MOMENT)
    try:
        return await run(db, script)
    finally:
        await db.execute("ROLLBACK")
