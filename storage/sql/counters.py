"""The counter rows: where each shard of a log ends."""

from storage.base import SHARDS, AuditHead
from storage.chain import GENESIS
from storage.cluster import Head

from .script import Script, ask, one, write

_COUNTER = "SELECT seq, hash, seal FROM counters WHERE log = ? AND shard = ?"
_ENDS = "SELECT shard, seq FROM counters WHERE log = ?"
_BUMP = """
INSERT INTO counters (log, shard, seq, hash, seal) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (log, shard) DO UPDATE
SET seq = excluded.seq, hash = excluded.hash, seal = excluded.seal"""


def ends() -> Script[list[int]]:
    """The last sequence number of every shard of the revocation log, 0 where it is empty."""
    found = {int(shard): int(seq) for shard, seq in (yield from ask(_ENDS, "revocation"))}
    return [found.get(shard, 0) for shard in range(SHARDS)]


def revocations_end(shard: int) -> Script[Head]:
    """Where a shard of the revocation log ends."""
    row = yield from one(_COUNTER, "revocation", shard)
    return Head(0, b"") if row is None else Head(int(row[0]), row[1])


def audit_end(shard: int) -> Script[tuple[AuditHead, bytes]]:
    """The last row of a shard of the audit, and the seal of that."""
    row = yield from one(_COUNTER, "audit", shard)
    seq, digest, seal = (0, GENESIS, b"") if row is None or not row[0] else row
    return AuditHead(shard=shard, seq=seq, hash=digest), seal


def bump_revocations(shard: int, head: Head) -> Script[None]:
    """Move a shard's end to the row just written."""
    yield from write(_BUMP, "revocation", shard, head.seq, head.hash, b"")


def bump_audit(end: AuditHead, seal: bytes) -> Script[None]:
    """Move a shard's end to the row just written."""
    yield from write(_BUMP, "audit", end.shard, end.seq, end.hash, seal)
