"""The Store protocol over a database server; see `storage.base` for the contract."""

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from engine.types import Debit
from storage import rules
from storage.base import SHARDS, Change
from storage.notices import notices
from storage.sql import audit, cluster
from storage.sql.change import Written
from storage.sql.script import Script, write
from storage.sql.store import SqlStore

from . import schema
from .connecting import open_pool
from .line import Line
from .locking import CounterRow
from .reader import Reader
from .writer import Writer

Done = TypeVar("Done")

_SEED = """
INSERT INTO counters (log, shard, seq, hash, seal) VALUES (?, ?, 0, ?, ?) ON CONFLICT DO NOTHING"""


class PostgresStore(SqlStore):
    """Reads over a pool of connections, writes over one; as many nodes at a time as there are."""

    shared = True

    def __init__(self, reader: Reader, writer: Writer, polling: Line, registry: Line) -> None:
        super().__init__()
        self._reader = reader
        self._writer = writer
        self._polling = polling
        self._registry = registry

    @classmethod
    async def open(cls, url: str) -> "PostgresStore":
        """A store over a database that has its schema. Raises StoreError."""
        await schema.check(url)
        store = cls(Reader(await open_pool(url)), Writer(url), Line(url), Line(url))
        try:
            # Only a row that is there can be locked.
            await store._write(_counter_rows)
            await store._write(partial(cluster.seed, secrets.token_bytes(rules.ID)))
        except BaseException:
            await store.close()
            raise
        return store

    async def close(self) -> None:
        await self._writer.close()
        self._polling.close()
        self._registry.close()
        self._reader.close()

    async def _read(self, script: Callable[[], Script[Done]]) -> Done:
        return await self._reader.read(script)

    async def _moment(self, script: Callable[[], Script[Done]]) -> Done:
        return await self._reader.moment(script)

    async def _write(self, script: Callable[[], Script[Done]]) -> Done:
        return await self._writer.write(script, may_repeat=True)

    async def _poll(self, script: Callable[[], Script[Done]]) -> Done:
        return await self._polling.run(script)

    async def _register(self, script: Callable[[], Script[Done]]) -> Done:
        return await self._registry.run(script)

    async def _apply(self, change: Change, script: Callable[[], Script[Written]]) -> Written:
        counters = _counters_of(change)
        return await self._writer.write(script, counters=counters, trace=_is_written)

    async def _spend(
        self, tenant: str, debits: Sequence[Debit], script: Callable[[], Script[None]]
    ) -> None:
        rows = [(tenant, debit.counter) for debit in debits]
        await self._writer.write(script, budgets=rows)


def _counter_rows() -> Script[None]:
    for log in ("audit", "revocation"):
        for shard in range(SHARDS):
            yield from write(_SEED, log, shard, b"", b"")


def _counters_of(change: Change) -> Sequence[CounterRow]:
    """The counters that a change may move, which say whose turn it is."""
    targets = (new.revocation.target for new in change.revoke)
    shards = {rules.log_shard(target) for target in targets if target}
    shards |= {rules.log_shard(notice.target) for notice in notices(change) if notice.target}
    return [("audit", rules.audit_shard(change.tenant)), *(("revocation", s) for s in shards)]


def _is_written(written: Written) -> Script[bool]:
    return audit.stands(written.end)
