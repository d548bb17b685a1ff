"""The arithmetic that every store shares: shards, strength of revocations, the audit's hash."""

import hashlib
from collections.abc import Iterable

import msgspec

from engine.types import Kind

from .base import SHARDS, AuditRow, LogEntry, NewRevocation

GENESIS = bytes(32)


def log_shard(target: bytes) -> int:
    """The shard of the revocation log that a target's entries go to."""
    return target[0] % SHARDS


def audit_shard(tenant: str) -> int:
    """The shard of the audit log that a tenant's rows go to."""
    return hashlib.sha256(tenant.encode()).digest()[0] % SHARDS


def is_stronger(kind: Kind, value: int, other: int) -> bool:
    """Whether an entry with one value kills more than an entry with the other."""
    if kind in (Kind.KEY, Kind.GRANT, Kind.BLOCK):
        return False
    return value < other if kind == Kind.SUNSET else value > other


def needs_writing(standing: LogEntry | None, new: NewRevocation) -> bool:
    """Whether the new revocation says or outlasts what no standing entry does."""
    if standing is None or standing.expires_at < new.expires_at:
        return True
    return is_stronger(new.revocation.kind, new.revocation.value, standing.value)


def strongest(entries: list[LogEntry]) -> LogEntry | None:
    """Of entries for one target and kind the strongest, and of equals the longest-lived."""
    best: LogEntry | None = None
    for entry in entries:
        if (
            best is None
            or is_stronger(entry.kind, entry.value, best.value)
            or (
                not is_stronger(entry.kind, best.value, entry.value)
                and entry.expires_at > best.expires_at
            )
        ):
            best = entry
    return best


def audit_hash(row: AuditRow) -> bytes:
    """SHA-256(previous hash || msgpack of all other fields but the hash)."""
    fields = (
        row.shard,
        row.seq,
        row.tenant,
        row.at_ms,
        row.action,
        row.caller,
        row.target,
        row.detail,
    )
    return hashlib.sha256(row.previous + msgspec.msgpack.encode(fields)).digest()


def broken_at(rows: Iterable[AuditRow], last_seq: int, last_hash: bytes) -> int | None:
    """The seq of the first row of a shard that does not fit its chain, or None.

    `last_seq` and `last_hash` are the shard's counter: rows cut off at the end are missed too.
    """
    seq, previous = 0, GENESIS
    for row in rows:
        if row.seq != seq + 1 or row.previous != previous or audit_hash(row) != row.hash:
            return seq + 1
        seq, previous = row.seq, row.hash
    return None if (seq, previous) == (last_seq, last_hash) else seq + 1
