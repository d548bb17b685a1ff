"""The counter rows: where each shard of a log ends."""

import sqlite3

from storage.base import AuditHead
from storage.chain import GENESIS

_COUNTER = "SELECT seq, hash, seal FROM counters WHERE log = ? AND shard = ?"
_BUMP = """
INSERT INTO counters (log, shard, seq, hash, seal) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (log, shard) DO UPDATE
SET seq = excluded.seq, hash = excluded.hash, seal = excluded.seal"""


def revocations_end(db: sqlite3.Connection, shard: int) -> int:
    """The last sequence number of a shard of the revocation log, 0 where it is empty."""
    row = db.execute(_COUNTER, ("revocation", shard)).fetchone()
    return 0 if row is None else int(row[0])


def audit_end(db: sqlite3.Connection, shard: int) -> tuple[AuditHead, bytes]:
    """The last row of a shard of the audit, and the seal of that."""
    row = db.execute(_COUNTER, ("audit", shard)).fetchone()
    seq, digest, seal = (0, GENESIS, b"") if row is None else row
    return AuditHead(shard=shard, seq=seq, hash=digest), seal


def bump_revocations(db: sqlite3.Connection, shard: int, seq: int) -> None:
    """Move a shard's end to the row just written."""
    db.execute(_BUMP, ("revocation", shard, seq, b"", b""))


def bump_audit(db: sqlite3.Connection, end: AuditHead, seal: bytes) -> None:
    """Move a shard's end to the row just written."""
    db.execute(_BUMP, ("audit", end.shard, end.seq, end.hash, seal))
