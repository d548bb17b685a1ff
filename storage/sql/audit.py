"""The audit log: appending to a chain, pages for people, and the walk along every chain."""

from collections.abc import Sequence

import msgspec

from storage import rules
from storage.base import SHARDS, AuditBreak, AuditHead, AuditPosition, AuditRow, Change
from storage.chain import BROKEN, UNKEYED, AuditKeys, Walk
from storage.errors import NO_KEY, StoreError

from .counters import audit_end
from .rows import AUDIT_COLUMNS, audit_of
from .script import Script, ask, one, write

_INSERT = f"INSERT INTO audit_log ({AUDIT_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MASTER = "SELECT master_id FROM audit_log WHERE shard = ? AND seq = ? AND hash = ?"
_PAGE = f"""
SELECT {AUDIT_COLUMNS} FROM audit_log INDEXED BY {{}}
WHERE tenant = ? {{}}AND (at_ms, shard, seq) < (?, ?, ?)
ORDER BY at_ms DESC, shard DESC, seq DESC LIMIT ?"""
_PAGE_OF_ALL = _PAGE.format("audit_log_by_time", "")
_PAGE_OF_TARGET = _PAGE.format("audit_log_by_target", "AND target = ? ")
_CHAIN = f"""
SELECT {AUDIT_COLUMNS} FROM audit_log WHERE shard = ? AND seq > ? ORDER BY seq LIMIT ?"""
_NEWEST = "SELECT at_ms FROM audit_log WHERE shard = ? ORDER BY seq DESC LIMIT 1"
_STRIDE = 1000  # rows of the walk in memory at a time
_END = AuditPosition(rules.INTEGER, SHARDS, 0)  # behind every row


def append(change: Change, keys: AuditKeys) -> Script[AuditHead]:
    """Write the change's audit row behind its shard's end; the new end, not yet counted."""
    shard = rules.audit_shard(change.tenant)
    end, seal = yield from audit_end(shard)
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
        previous=end.hash if (yield from _stands(end, seal, keys)) else BROKEN,
        hash=b"",
    )
    row = msgspec.structs.replace(row, hash=keys.hash(row))
    yield from write(_INSERT, *msgspec.structs.astuple(row))
    return AuditHead(shard=shard, seq=row.seq, hash=row.hash)


def page(
    tenant: str, limit: int, before: AuditPosition | None, target: str | None
) -> Script[Sequence[AuditRow]]:
    """The tenant's newest rows first, those before a position; of one target, or of all."""
    query, which = (
        (_PAGE_OF_ALL, [tenant]) if target is None else (_PAGE_OF_TARGET, [tenant, target])
    )
    return [audit_of(row) for row in (yield from ask(query, *which, *(before or _END), limit))]


def last_ms() -> Script[int]:
    """The latest Unix millisecond that the newest row of a shard has; 0 where there is none."""
    newest = 0
    for shard in range(SHARDS):
        row = yield from one(_NEWEST, shard)
        newest = max(newest, 0 if row is None else int(row[0]))
    return newest


def heads() -> Script[list[AuditHead]]:
    """The last row of every shard."""
    found = []
    for shard in range(SHARDS):
        found.append((yield from audit_end(shard))[0])
    return found


def stands(head: AuditHead) -> Script[bool]:
    """Whether this very row is there."""
    return (yield from one(_MASTER, head.shard, head.seq, head.hash)) is not None


def walk(
    keys: AuditKeys, exported: Sequence[AuditHead] = (), unkeyed: bool = False
) -> Script[AuditBreak | None]:
    """The first row that does not fit its chain, or None; see `AuditLog.verify_audit`.

    To be run in one transaction that sees rows and counters of one moment.
    """
    for shard in range(SHARDS):
        walker = Walk(shard, keys, exported, unkeyed)
        end, seal = yield from audit_end(shard)
        after = -1
        while rows := (yield from ask(_CHAIN, shard, after, _STRIDE)):
            for row in map(audit_of, rows):
                if (broken := walker.take(row)) is not None:
                    return broken
                after = row.seq
        if (broken := walker.finish(end, seal)) is not None:
            return broken
    return None


def _stands(end: AuditHead, seal: bytes, keys: AuditKeys) -> Script[bool]:
    """Whether the end is one that was really written, as far as the keys can tell."""
    if keys.current == UNKEYED:
        if seal:
            raise StoreError(NO_KEY)
        return True
    if seal or end.seq == 0:
        return keys.is_sealed(end, seal) if seal else True
    # Of before there were keys, when ends had no seal.
    row = yield from one(_MASTER, end.shard, end.seq, end.hash)
    return row is not None and row[0] == UNKEYED
