"""The Store protocol over one SQLite file; see `storage.base` for the contract."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from engine.types import Debit, Kind
from storage import migrate, rules
from storage.base import (
    SHARDS,
    AuditBreak,
    AuditHead,
    AuditPosition,
    AuditRow,
    Change,
    KeyFilter,
    KeyPosition,
    KeyText,
    LogEntry,
    SpentWindow,
    StoredKey,
)
from storage.chain import AuditKeys
from storage.errors import Conflict, SchemaMismatch

from . import audit, budgets, change, counters
from .file import Lock, connect, explained, unavailable
from .rows import KEY_COLUMNS, LOG_COLUMNS, entry_of, key_of
from .writer import Writer

_GET = f"SELECT {KEY_COLUMNS} FROM api_keys WHERE tenant = ? AND key_id = ?"
# Left to itself, SQLite reads all keys of the tenant for more than one digest.
_BY_DIGEST = f"""
SELECT {KEY_COLUMNS} FROM api_keys INDEXED BY api_keys_by_digest
WHERE tenant = ? AND digest IN ({{}})"""
# Left to itself, it reads all keys of the tenant for those of one actor or of the rarer kind.
_LIST = f"SELECT {KEY_COLUMNS} FROM api_keys INDEXED BY {{}} WHERE tenant = ? AND kind = ?"
_LIST_OF_KIND, _LIST_OF_ACTOR = map(_LIST.format, ("api_keys_by_kind", "api_keys_by_actor"))
_STATUS = {
    "active": " AND status = 1 AND expires_at > ?",
    "expired": " AND status IN (1, 3) AND expires_at <= ?",
    "suspended": " AND status = 3 AND expires_at > ?",
    "revoked": " AND status = 2 AND ? IS NOT NULL",
}
# Each names its index: SQLite would take one by key id for an actor, and sort all of his keys.
_NEWEST = f"""
SELECT {KEY_COLUMNS} FROM api_keys INDEXED BY {{}}
WHERE tenant = ? AND created_ms >= ? AND (created_ms, key_id) < (?, ?) {{}}
ORDER BY created_ms DESC, key_id DESC LIMIT ?"""
_NEWEST_OF = {
    None: _NEWEST.format("api_keys_by_time", ""),
    "actor": _NEWEST.format("api_keys_by_actor_and_time", "AND actor = ?"),
    "hint": _NEWEST.format("api_keys_by_hint", "AND hint = ? AND hint != ''"),
}
_END = KeyPosition(rules.INTEGER, b"\xff" * (rules.ID + 1))  # behind every key
_USED = "SELECT last_used_ms FROM key_usage WHERE tenant = ? AND key_id = ?"
_TOUCH = """
INSERT INTO key_usage (tenant, key_id, last_used_ms) VALUES (?, ?, ?)
ON CONFLICT (tenant, key_id) DO UPDATE SET last_used_ms = excluded.last_used_ms
WHERE excluded.last_used_ms > key_usage.last_used_ms"""
_READ = f"""
SELECT {LOG_COLUMNS} FROM revocation_log WHERE shard = ? AND seq > ? ORDER BY seq LIMIT ?"""
_PRUNE = (
    """DELETE FROM revocation_log WHERE (shard, seq) IN
    (SELECT shard, seq FROM revocation_log WHERE expires_at < ? LIMIT ?)""",
    """DELETE FROM budgets WHERE (tenant, counter) IN
    (SELECT tenant, counter FROM budgets WHERE ends_at < ? LIMIT ?)""",
    """DELETE FROM requests WHERE (tenant, request_id) IN
    (SELECT tenant, request_id FROM requests WHERE expires_at < ? LIMIT ?)""",
)
_BATCH = 1000
_CHECKS = "SELECT master_id, check_value FROM masters"
_CHECK = "SELECT check_value FROM masters WHERE master_id = ?"
_ADD_CHECK = "INSERT INTO masters (master_id, check_value) VALUES (?, ?)"


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
            migrate.check(self._db)
            self._db.execute("PRAGMA query_only = ON")
            self._writer = Writer(path, connect(path))
            self._opened = opened.pop_all()

    async def commit(self, change_: Change) -> Sequence[LogEntry]:
        keys = self._audit_keys
        return await self._writer.write(lambda db: change.apply(db, change_, keys))

    async def close(self) -> None:
        await self._writer.close()
        self._opened.close()

    async def get(self, tenant: str, key_id: bytes) -> StoredKey | None:
        with self._reading() as db:
            row = db.execute(_GET, (tenant, key_id)).fetchone()
        return None if row is None else key_of(row)

    async def get_by_digest(self, tenant: str, *digests: bytes) -> StoredKey | None:
        if not digests:
            return None
        marks = ", ".join("?" * len(digests))
        with self._reading() as db:
            rows = db.execute(_BY_DIGEST.format(marks), (tenant, *digests)).fetchall()
        found = {key.digest: key for key in map(key_of, rows)}
        return next((found[each] for each in digests if each in found), None)

    async def list(
        self, tenant: str, which: KeyFilter, *, limit: int, before: bytes | None = None
    ) -> Sequence[StoredKey]:
        query, values = _LIST_OF_KIND, [tenant, which.kind]
        if which.actor is not None:
            query, values = _LIST_OF_ACTOR + " AND actor = ?", [*values, which.actor]
        if which.status is not None:
            query, values = query + _STATUS[which.status], [*values, which.now]
        if before is not None:
            query, values = query + " AND key_id < ?", [*values, before]
        query += " ORDER BY key_id DESC LIMIT ?"
        with self._reading() as db:
            return [key_of(row) for row in db.execute(query, (*values, limit))]

    async def newest(
        self,
        tenant: str,
        *,
        limit: int,
        since_ms: int = 0,
        before: KeyPosition | None = None,
        exactly: tuple[KeyText, str] | None = None,
    ) -> Sequence[StoredKey]:
        which, text = exactly or (None, "")
        values = [tenant, since_ms, *(before or _END), *([text] if which else []), limit]
        with self._reading() as db:
            return [key_of(row) for row in db.execute(_NEWEST_OF[which], values)]

    async def last_used(self, tenant: str, key_ids: Sequence[bytes]) -> Mapping[bytes, int]:
        with self._reading() as db:
            found = {key_id: db.execute(_USED, (tenant, key_id)).fetchone() for key_id in key_ids}
        return {key_id: row[0] for key_id, row in found.items() if row is not None}

    async def touch(self, uses: Mapping[tuple[str, bytes], int]) -> None:
        rows = sorted((tenant, key_id, ms) for (tenant, key_id), ms in uses.items())
        await self._writer.write(lambda db: db.executemany(_TOUCH, rows))

    async def positions(self) -> Sequence[int]:
        with self._reading() as db:
            return [counters.revocations_end(db, shard) for shard in range(SHARDS)]

    async def read(self, shard: int, after: int, limit: int) -> Sequence[LogEntry]:
        with self._reading() as db:
            return [entry_of(row) for row in db.execute(_READ, (shard, after, limit))]

    async def standing(self, tenant: str, kind: Kind, target: bytes) -> LogEntry | None:
        with self._reading() as db:
            return change.standing(db, tenant, kind, target)

    async def prune(self, now: int) -> int:
        pruned = 0
        for statement in _PRUNE:
            # In batches, each a transaction, so that commits get their turn in between.
            while done := await self._delete(statement, now):
                pruned += done
        return pruned

    async def debit(self, tenant: str, debits: Sequence[Debit], now: int) -> int | None:
        try:
            await self._writer.write(lambda db: budgets.debit(db, tenant, debits, now))
        except budgets.NotFitting as refused:
            return refused.index
        return None

    async def window(self, tenant: str, counter: bytes, now: int) -> SpentWindow:
        with self._reading() as db:
            return budgets.window(db, tenant, counter, now)

    async def audit(
        self,
        tenant: str,
        *,
        limit: int,
        before: AuditPosition | None = None,
        target: str | None = None,
    ) -> Sequence[AuditRow]:
        with self._reading() as db:
            return audit.page(db, tenant, limit, before, target)

    async def last_commit_ms(self) -> int:
        with self._reading() as db:
            return audit.last_ms(db)

    def key_audit(self, current: int, keys: Mapping[int, bytes]) -> None:
        self._audit_keys = AuditKeys(current, keys)

    async def audit_heads(self) -> Sequence[AuditHead]:
        with self._reading() as db:
            return audit.heads(db)

    async def verify_audit(
        self, heads: Sequence[AuditHead] = (), *, unkeyed: bool = False
    ) -> AuditBreak | None:
        return await asyncio.to_thread(audit.walk, self._path, self._audit_keys, heads, unkeyed)

    async def checks(self) -> Mapping[int, bytes]:
        with self._reading() as db:
            return dict(db.execute(_CHECKS))

    async def add_check(self, master_id: int, check: bytes) -> None:
        def add(db: sqlite3.Connection) -> None:
            row = db.execute(_CHECK, (master_id,)).fetchone()
            if row is None:
                db.execute(_ADD_CHECK, (master_id, check))
            elif row[0] != check:
                raise Conflict(f"master {master_id} stands with another check value")

        await self._writer.write(add)

    async def tenant_epoch(self, tenant: str) -> int:
        with self._reading() as db:
            return change.epoch(db, tenant)

    async def _delete(self, statement: str, now: int) -> int:
        return await self._writer.write(lambda db: db.execute(statement, (now, _BATCH)).rowcount)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._db
        except sqlite3.Error as error:
            raise unavailable(self._path, error) from error
