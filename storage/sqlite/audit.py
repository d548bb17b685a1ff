"""Reading the audit log: pages for people, and the walk along every chain."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from storage import rules
from storage.base import SHARDS, AuditPosition, AuditRow

from .change import head
from .file import connect, explained
from .rows import AUDIT_COLUMNS, audit_of

_PAGE = f"""
SELECT {AUDIT_COLUMNS} FROM audit_log
WHERE tenant = ? AND (at_ms, shard, seq) < (?, ?, ?)
ORDER BY at_ms DESC, shard DESC, seq DESC LIMIT ?"""
_CHAIN = f"SELECT {AUDIT_COLUMNS} FROM audit_log WHERE shard = ? ORDER BY seq"
_NEWEST = "SELECT at_ms FROM audit_log WHERE shard = ? ORDER BY seq DESC LIMIT 1"
_END = AuditPosition(rules.INTEGER, SHARDS, 0)  # behind every row


def page(
    db: sqlite3.Connection, tenant: str, limit: int, before: AuditPosition | None
) -> Sequence[AuditRow]:
    """The tenant's newest rows first, those before a position."""
    return [audit_of(row) for row in db.execute(_PAGE, (tenant, *(before or _END), limit))]


def last_ms(db: sqlite3.Connection) -> int:
    """The latest Unix millisecond that the newest row of a shard has; 0 where there is none."""
    newest = (db.execute(_NEWEST, (shard,)).fetchone() for shard in range(SHARDS))
    return max((row[0] for row in newest if row is not None), default=0)


def walk(path: Path) -> tuple[int, int] | None:
    """The (shard, seq) of the first row that does not fit its chain, or None.

    On a connection of its own, for a thread of its own: a long chain holds up nobody. One
    transaction, so that rows and counters are of one moment.
    """
    with explained(path), closing(connect(path, read_only=True)) as db:
        db.execute("BEGIN")
        for shard in range(SHARDS):
            seq, digest = head(db, "audit", shard)
            rows = map(audit_of, db.execute(_CHAIN, (shard,)))
            if (broken := rules.broken_at(rows, seq, digest)) is not None:
                return shard, broken
    return None
