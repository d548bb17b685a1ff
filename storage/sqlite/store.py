"""The Store protocol over one SQLite file; see `storage.base` for the contract."""

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TypeVar

from engine.types import Debit
from storage import rules
from storage.base import Change
from storage.errors import SchemaMismatch
from storage.sql import cluster
from storage.sql.change import Written
from storage.sql.script import Script
from storage.sql.store import SqlStore

from . import schema
from .file import Lock, connect, explained, unavailable
from .running import read_once, run
from .writer import Writer

Done = TypeVar("Done")


class SqliteStore(SqlStore):
    """Reads on the calling thread, writes on one thread of their own; one process at a time."""

    shared = False

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        with explained(path), ExitStack() as opened:
            opened.enter_context(Lock(path))
            if not path.exists():
                raise SchemaMismatch(f"There is no database {path} yet. Run `marzipan init`.")
            self._db = opened.enter_context(closing(connect(path)))
            schema.check(self._db)
            self._db.execute("PRAGMA query_only = ON")
            writing = opened.enter_context(closing(connect(path)))
            run(writing, cluster.seed(secrets.token_bytes(rules.ID)))
            self._writer = Writer(path, writing)
            self._opened = opened.pop_all()

    async def close(self) -> None:
        await self._writer.close()
        self._opened.close()

    async def _read(self, script: Callable[[], Script[Done]]) -> Done:
        try:
            return run(self._db, script())
        except sqlite3.Error as error:
            raise unavailable(self._path, error) from error

    async def _moment(self, script: Callable[[], Script[Done]]) -> Done:
        return await asyncio.to_thread(read_once, self._path, script)

    async def _write(self, script: Callable[[], Script[Done]]) -> Done:
        return await self._writer.write(script)

    async def _poll(self, script: Callable[[], Script[Done]]) -> Done:
        return await self._read(script)

    async def _register(self, script: Callable[[], Script[Done]]) -> Done:
        return await self._writer.write(script)

    async def _apply(self, change: Change, script: Callable[[], Script[Written]]) -> Written:
        return await self._writer.write(script)

    async def _spend(
        self, tenant: str, debits: Sequence[Debit], script: Callable[[], Script[None]]
    ) -> None:
        await self._writer.write(script)
