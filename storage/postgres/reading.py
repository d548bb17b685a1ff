"""Reading one moment of a database on a server, on a connection of its own."""

from collections.abc import Callable
from typing import TypeVar

from storage.sql.script import Script

from . import schema
from .connecting import connect
from .reader import in_one_moment, patiently

Done = TypeVar("Done")


async def read_once(url: str, script: Callable[[], Script[Done]]) -> Done:
    """Run a script on a connection of its own. Raises StoreError, SchemaMismatch."""
    await schema.check(url)

    async def once() -> Done:
        db = await connect(url)
        try:
            return await in_one_moment(db, script())
        finally:
            db.terminate()

    return await patiently(once)
