"""The audit log: appending to a chain, pages for people, and the walk along every chain."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from storage import rules
from storage.base import SHARDS, AuditBreak, AuditHead, AuditPosition, AuditRow, Change
from storage.chain import BROKEN, UNKEYED, AuditKeys, Walk
from storage.errors import NO_KEY, StoreError

from .counters import audit_end
from .file import connect, explained
from .rows import AUDIT_COLUMNS, audit_of

_INSERT = f"INSERT INTO audit_log ({AUDIT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MASTER = "SELECT master_id FROM audit_log WHERE shard = ? AND seq = ? AND hash = ?"
_PAGE = f"""
SELECT {AUDIT_COLUMNS} FROM audit_log INDEXED BY {{}}
WHERE tenant = ? {{}}AND (at_ms, shard, seq) < (?, ?, ?)
ORDER BY at_ms DESC, shard DESC, seq DESC LIMIT ?"""
_PAGE_OF_ALL = _PAGE.format("audit_log_by_time", "")
_PAGE_OF_TARGET = _PAGE.format("audit_log_by_target", "AND target = ? ")
_CHAIN = f"SELECT {AUDIT_COLUMNS} FROM audit_log WHERE shard = ? ORDER BY seq"
_NEWEST = "SELECT at_ms FROM audit_log WHERE shard = ? ORDER BY seq DESC LIMIT 1"
_END = AuditPosition(rules.INTEGER, SHARDS, 0)  # behind every row


def append(db: sqlite3.Connection, change: Change, keys: AuditKeys) -> AuditHead:
    """Write the change's audit row behind its shard's end; the new end, not yet counted."""
    shard = rules.audit_shard(change.tenant)
    end, seal = audit_end(db, shard)
    event = change.audit
    row = AuditRow(
        shard=shard,
        seq=end.seq + 1,
        tenant=change.tenant,
        at_ms=change.at_ms,
        action=event.action,
        caller=event.caller,
        target=event.target,
        detail=event.detail,
        master_id=keys.current,
        previous=end.hash if _stands(db, end, seal, keys) else BROKEN,
        hash=b"",
    )
    row = msgspec.structs.replace(row, hash=keys.hash(row))
    db.execute(_INSERT, msgspec.structs.astuple(row))
    return AuditHead(shard=shard, seq=row.seq, hash=row.hash)


def page(
    db: sqlite3.Connection,
    tenant: str,
    limit: int,
    before: AuditPosition | None,
    target: str | None,
) -> Sequence[AuditRow]:
    """The tenant's newest rows first, those before a position; of one target, or of all."""
    query, which = (
        (_PAGE_OF_ALL, [tenant]) if target is None else (_PAGE_OF_TARGET, [tenant, target])
    )
    return [audit_of(row) for row in db.execute(query, (*which, *(before or _END), limit))]


def last_ms(db: sqlite3.Connection) -> int:
    """The latest Unix millisecond that the newest row of a shard has; 0 where there is none."""
    newest = (db.execute(_NEWEST, (shard,)).fetchone() for shard in range(SHARDS))
    return max((row[0] for row in newest if row is not None), default=0)


def heads(db: sqlite3.Connection) -> Sequence[AuditHead]:
    """The last row of every shard."""
    return [audit_end(db, shard)[0] for shard in range(SHARDS)]


def walk(
    path: Path,
    keys: AuditKeys | None = None,
    exported: Sequence[AuditHead] = (),
    unkeyed: bool = False,
) -> AuditBreak | None:
    """The first row that does not fit its chain, or None; see `AuditLog.verify_audit`.

    On a connection of its own, for a thread of its own: a long chain holds up nobody. One
    transaction, so that rows and counters are of one moment.
    """
    with explained(path), closing(connect(path, read_only=True)) as db:
        db.execute("BEGIN")
        for shard in range(SHARDS):
            end, seal = audit_end(db, shard)
            rows = map(audit_of, db.execute(_CHAIN, (shard,)))
            ours = [head for head in exported if head.shard == shard]
            walk = Walk(keys or AuditKeys(), ours, unkeyed)
            if (broken := walk.broken_at(shard, rows, end, seal)) is not None:
                return broken
    return None


def _stands(db: sqlite3.Connection, end: AuditHead, seal: bytes, keys: AuditKeys) -> bool:
    """Whether the end is one that was really written, as far as the keys can tell."""
    if keys.current == UNKEYED:
        if seal:
            raise StoreError(NO_KEY)
        return True
    if seal or end.seq == 0:
        return keys.is_sealed(end, seal) if seal else True
    # Of before there were keys, when ends had no seal.
    row = db.execute(_MASTER, (end.shard, end.seq, end.hash)).fetchone()
    return row is not None and row[0] == UNKEYED
