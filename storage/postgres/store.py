"""The Store protocol over a database server; see `storage.base` for the contract."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TypeVar

from engine.types import Debit, Kind
from storage import rules
from storage.base import (
    SHARDS,
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
from storage.sql import audit, budgets, change, counters, queries
from storage.sql.script import Script, write

from . import schema
from .connecting import Pool, open_pool, reading
from .reading import in_one_moment
from .running import run
from .writer import CounterRow, Writer

Done = TypeVar("Done")

_SEED = """
INSERT INTO counters (log, shard, seq, hash, seal) VALUES (?, ?, 0, ?, ?) ON CONFLICT DO NOTHING"""


class PostgresStore:
    """Reads over a pool of connections, writes over one; as many nodes at a time as there are."""

    def __init__(self, pool: Pool, writer: Writer) -> None:
        self._pool = pool
        self._writer = writer
        self._audit_keys = AuditKeys()

    @classmethod
    async def open(cls, url: str) -> "PostgresStore":
        """A store over a database that has its schema. Raises StoreError."""
        await schema.check(url)
        store = cls(await open_pool(url), Writer(url))
        try:
            # Only a row that is there can be locked.
            await store._writer.write(_counter_rows)
        except BaseException:
            await store.close()
            raise
        return store

    async def commit(self, change_: Change) -> Sequence[LogEntry]:
        keys = self._audit_keys
        written = await self._writer.write(
            lambda: change.apply(change_, keys), _counters_of(change_), _is_written
        )
        return written.entries

    async def close(self) -> None:
        await self._writer.close()
        self._pool.terminate()

    async def get(self, tenant: str, key_id: bytes) -> StoredKey | None:
        return await self._read(queries.get(tenant, key_id))

    async def get_by_digest(self, tenant: str, *digests: bytes) -> StoredKey | None:
        return await self._read(queries.get_by_digest(tenant, digests))

    async def list(
        self, tenant: str, which: KeyFilter, *, limit: int, before: bytes | None = None
    ) -> Sequence[StoredKey]:
        return await self._read(queries.list_keys(tenant, which, limit, before))

    async def last_used(self, tenant: str, key_ids: Sequence[bytes]) -> Mapping[bytes, int]:
        return await self._read(queries.last_used(tenant, key_ids))

    async def touch(self, uses: Mapping[tuple[str, bytes], int]) -> None:
        await self._writer.write(lambda: queries.touch(uses))

    async def positions(self) -> Sequence[int]:
        return await self._read(counters.ends())

    async def read(self, shard: int, after: int, limit: int) -> Sequence[LogEntry]:
        return await self._read(queries.read(shard, after, limit))

    async def standing(self, tenant: str, kind: Kind, target: bytes) -> LogEntry | None:
        return await self._read(change.standing(tenant, kind, target))

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
        return await self._read(budgets.window(tenant, counter, now))

    async def audit(
        self, tenant: str, *, limit: int, before: AuditPosition | None = None
    ) -> Sequence[AuditRow]:
        return await self._read(audit.page(tenant, limit, before))

    async def last_commit_ms(self) -> int:
        return await self._read(audit.last_ms())

    def key_audit(self, current: int, keys: Mapping[int, bytes]) -> None:
        self._audit_keys = AuditKeys(current, keys)

    async def audit_heads(self) -> Sequence[AuditHead]:
        return await self._read(audit.heads())

    async def verify_audit(
        self, heads: Sequence[AuditHead] = (), *, unkeyed: bool = False
    ) -> AuditBreak | None:
        async with reading(self._pool) as db:
            return await in_one_moment(db, audit.walk(self._audit_keys, heads, unkeyed))

    async def checks(self) -> Mapping[int, bytes]:
        return await self._read(queries.checks())

    async def add_check(self, master_id: int, check: bytes) -> None:
        await self._writer.write(lambda: queries.add_check(master_id, check))

    async def tenant_epoch(self, tenant: str) -> int:
        return await self._read(change.epoch(tenant))

    async def _read(self, script: Script[Done]) -> Done:
        async with reading(self._pool) as db:
            return await run(db, script)


def _counter_rows() -> Script[None]:
    for log in ("audit", "revocation"):
        for shard in range(SHARDS):
            yield from write(_SEED, log, shard, b"", b"")


def _counters_of(change_: Change) -> Sequence[CounterRow]:
    """The counters that a change may move, which say whose turn it is."""
    targets = (new.revocation.target for new in change_.revoke)
    shards = {rules.log_shard(target) for target in targets if target}
    return [("audit", rules.audit_shard(change_.tenant)), *(("revocation", s) for s in shards)]


def _is_written(written: change.Written) -> Script[bool]:
    return audit.stands(written.end)
