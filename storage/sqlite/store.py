"""The Store protocol over one SQLite file; see `storage.base` for the contract."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TypeVar

from engine.types import Debit, Kind
from storage.base import (
    AuditBreak,
    AuditHead,
    AuditPosition,
    AuditRow,
    Change,
    KeyFilter,
    LogEntry,
    SpentWindow,
    StoredKey,
)
from storage.chain import AuditKeys
from storage.errors import SchemaMismatch
from storage.sql import audit, budgets, change, counters, queries
from storage.sql.script import Script, write

from . import schema
from .file import Lock, connect, explained, unavailable
from .running import read_once, run
from .writer import Writer

Done = TypeVar("Done")

# Left to itself, SQLite reads all keys of the tenant for more than one digest.
_BY_DIGEST = " INDEXED BY api_keys_by_digest"


class SqliteStore:
    """Reads on the calling thread, writes on one thread of their own; one process at a time."""

    def __init__(self, path: Path, *, clock: Callable[[], float]) -> None:
        self._path = path
        self._clock = clock
        self._audit_keys = AuditKeys()
        with explained(path), ExitStack() as opened:
            opened.enter_context(Lock(path))
            if not path.exists():
                raise SchemaMismatch(f"There is no database {path} yet. Run `marzipan init`.")
            self._db = opened.enter_context(closing(connect(path)))
            schema.check(self._db)
            self._db.execute("PRAGMA query_only = ON")
            self._writer = Writer(path, connect(path))
            self._opened = opened.pop_all()

    async def commit(self, change_: Change) -> Sequence[LogEntry]:
        keys = self._audit_keys
        return (await self._writer.write(lambda: change.apply(change_, keys))).entries

    async def close(self) -> None:
        await self._writer.close()
        self._opened.close()

    async def get(self, tenant: str, key_id: bytes) -> StoredKey | None:
        return self._read(queries.get(tenant, key_id))

    async def get_by_digest(self, tenant: str, *digests: bytes) -> StoredKey | None:
        return self._read(queries.get_by_digest(tenant, digests, _BY_DIGEST))

    async def list(
        self, tenant: str, which: KeyFilter, *, limit: int, before: bytes | None = None
    ) -> Sequence[StoredKey]:
        return self._read(queries.list_keys(tenant, which, limit, before))

    async def last_used(self, tenant: str, key_ids: Sequence[bytes]) -> Mapping[bytes, int]:
        return self._read(queries.last_used(tenant, key_ids))

    async def touch(self, uses: Mapping[tuple[str, bytes], int]) -> None:
        await self._writer.write(lambda: queries.touch(uses))

    async def positions(self) -> Sequence[int]:
        return self._read(counters.ends())

    async def read(self, shard: int, after: int, limit: int) -> Sequence[LogEntry]:
        return self._read(queries.read(shard, after, limit))

    async def standing(self, tenant: str, kind: Kind, target: bytes) -> LogEntry | None:
        return self._read(change.standing(tenant, kind, target))

    async def prune(self, now: int) -> int:
        pruned = 0
        for statement in queries.PRUNING:
            # In batches, each a transaction, so that commits get their turn in between.
            while done := await self._writer.write(partial(write, statement, now, queries.BATCH)):
                pruned += done
        return pruned

    async def debit(self, tenant: str, debits: Sequence[Debit], now: int) -> int | None:
        try:
            await self._writer.write(lambda: budgets.debit(tenant, debits, now))
        except budgets.NotFitting as refused:
            return refused.index
        return None

    async def window(self, tenant: str, counter: bytes, now: int) -> SpentWindow:
        return self._read(budgets.window(tenant, counter, now))

    async def audit(
        self, tenant: str, *, limit: int, before: AuditPosition | None = None
    ) -> Sequence[AuditRow]:
        return self._read(audit.page(tenant, limit, before))

    async def last_commit_ms(self) -> int:
        return self._read(audit.last_ms())

    def key_audit(self, current: int, keys: Mapping[int, bytes]) -> None:
        self._audit_keys = AuditKeys(current, keys)

    async def audit_heads(self) -> Sequence[AuditHead]:
        return self._read(audit.heads())

    async def verify_audit(
        self, heads: Sequence[AuditHead] = (), *, unkeyed: bool = False
    ) -> AuditBreak | None:
        walk = partial(audit.walk, self._audit_keys, heads, unkeyed)
        return await asyncio.to_thread(read_once, self._path, walk)

    async def checks(self) -> Mapping[int, bytes]:
        return self._read(queries.checks())

    async def add_check(self, master_id: int, check: bytes) -> None:
        await self._writer.write(lambda: queries.add_check(master_id, check))

    async def tenant_epoch(self, tenant: str) -> int:
        return self._read(change.epoch(tenant))

    def _read(self, script: Script[Done]) -> Done:
        try:
            return run(self._db, script)
        except sqlite3.Error as error:
            raise unavailable(self._path, error) from error
