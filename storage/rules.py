"""The arithmetic that every store shares: shards, bounds, strength of revocations."""

import hashlib
from collections.abc import Iterable

import msgspec

from engine.types import KeyStatus, Kind

from .base import SHARDS, Change, LogEntry, NewRevocation, RevokedKey, StoredKey
from .errors import KeyRevoked

ID = 16  # bytes
EPOCH = 2**32 - 1  # the greatest that a header holds
INTEGER = 2**63 - 1  # the greatest that a column holds, and a header too


def log_shard(target: bytes) -> int:
    """The shard of the revocation log that a target's entries go to."""
    return target[0] % SHARDS


def audit_shard(tenant: str) -> int:
    """The shard of the audit log that a tenant's rows go to."""
    return hashlib.sha256(tenant.encode()).digest()[0] % SHARDS


def weakness(kind: int, value: int) -> int:
    """A number that is smaller the more an entry of this kind kills."""
    if kind in (Kind.KEY, Kind.GRANT, Kind.BLOCK):
        return 0
    return value if kind == Kind.SUNSET else -value


def require_sound(change: Change) -> None:
    """Raise ValueError where a change is not its tenant's alone, or holds what no reader takes.

    Asked before anything is written: an entry that a node can't apply would stop every later start.
    """
    _require_own(change)
    for revocation in (*(new.revocation for new in change.revoke), *change.floors):
        if len(revocation.target) != ID:
            raise ValueError(f"a revocation's target is exactly {ID} bytes")
        _require_integers(revocation.value)
    if change.raise_epoch is not None and not 0 <= change.raise_epoch < EPOCH:
        raise ValueError(f"a tenant's epoch is raised from 0 to {EPOCH - 1}")
    _require_integers(change.at_ms, *(new.expires_at for new in change.revoke))
    _require_texts(change.tenant, change.request_id, *(new.reason for new in change.revoke))
    _require_texts(change.audit.action, change.audit.caller, change.audit.target)
    for key in (*change.insert, *(new for _, new in change.replace)):
        if len(key.key_id) != ID:
            raise ValueError(f"a key's id is exactly {ID} bytes")
        _require_integers(key.issued_at, key.expires_at, key.generation)
        _require_integers(key.created_ms, key.updated_ms)
        _require_texts(key.name, key.actor, key.revocation_description)
    for revoked in change.revoke_keys:
        if len(revoked.key_id) != ID:
            raise ValueError(f"a key's id is exactly {ID} bytes")
        _require_integers(revoked.reason)
        _require_texts(revoked.description)


def _require_integers(*numbers: int) -> None:
    if not all(0 <= number <= INTEGER for number in numbers):
        raise ValueError("a number of a change is from 0 to 2^63 - 1")


def _require_texts(*texts: str) -> None:
    # Some databases have no column for it, and none cuts a text off there unseen.
    if any("\0" in text for text in texts):
        raise ValueError("a text of a change has no NUL character")


def _require_own(change: Change) -> None:
    for old, new in change.replace:
        if (old.tenant, old.key_id) != (new.tenant, new.key_id):
            raise ValueError("a key can be replaced only by a newer version of itself")
    for key in (*change.insert, *(new for _, new in change.replace), *change.delete):
        if key.tenant != change.tenant:
            raise ValueError("a change writes keys of its own tenant only")


def revoked_row(key: StoredKey, how: RevokedKey, at_ms: int) -> StoredKey:
    """The key's row once it is revoked. Raises KeyRevoked where it is so already."""
    if key.status is KeyStatus.REVOKED:
        raise KeyRevoked("the key is revoked already")
    return msgspec.structs.replace(
        key,
        revision=key.revision + 1,
        status=KeyStatus.REVOKED,
        revocation_reason=how.reason,
        revocation_description=how.description,
        updated_ms=at_ms,
    )


def status_word(key: StoredKey, now: int) -> str:
    """The status by which `KeyFilter` finds the key at `now` (Unix seconds)."""
    if key.status is KeyStatus.REVOKED:
        return "revoked"
    if key.expires_at <= now:
        return "expired"
    return "suspended" if key.status is KeyStatus.SUSPENDED else "active"


def revocation_entry(change: Change, new: NewRevocation) -> LogEntry:
    """The entry of a revocation, before it has its place (seq 0)."""
    return LogEntry(
        shard=log_shard(new.revocation.target),
        seq=0,
        tenant=change.tenant,
        kind=new.revocation.kind,
        target=new.revocation.target,
        value=new.revocation.value,
        expires_at=new.expires_at,
        reason=new.reason,
        at=change.at_ms // 1000,
    )


def chained(previous: bytes, entry: LogEntry) -> bytes:
    """The hash of a shard of the log that ends with this entry; `previous` is that of before.

    Two databases with the same hash at the same place had the same history up to there, so that a
    node sees when one was restored, or a standby took over that had lost something.
    """
    fields = (entry.shard, entry.seq, entry.tenant, int(entry.kind), entry.target)
    more = (entry.value, entry.expires_at, entry.reason, entry.at)
    return hashlib.sha256(previous + msgspec.msgpack.encode(fields + more)).digest()


def needs_writing(standing: Iterable[LogEntry], new: NewRevocation) -> bool:
    """Whether none of the standing entries for its target is as strong and lasts as long."""
    wanted = weakness(new.revocation.kind, new.revocation.value)
    return not any(
        weakness(entry.kind, entry.value) <= wanted and entry.expires_at >= new.expires_at
        for entry in standing
    )


def strongest(entries: Iterable[LogEntry]) -> LogEntry | None:
    """Of entries for one target and kind the strongest, of equals the longest-lived, then first."""
    return min(
        entries,
        key=lambda entry: (weakness(entry.kind, entry.value), -entry.expires_at, entry.seq),
        default=None,
    )
