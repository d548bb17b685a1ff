"""Rows of the tables to values and back."""

import msgspec

from engine.types import KeyStatus, RateLimit, Visibility
from storage.base import AuditRow, KeyKind, LogEntry, StoredKey
from storage.notices import kind_of

from .script import Row

KEY_COLUMNS = (
    "tenant, key_id, kind, master_id, issued_at, generation, revision, name, actor, scopes, "
    "metadata, networks, limit_quota, limit_window_s, visibility, status, expires_at, created_ms, "
    "updated_ms, revocation_reason, revocation_description, predecessor, successor, digest, "
    "hint, hash_digest, hash_kind, hash_sealed"
)
KEY_MARKS = ", ".join("?" * len(KEY_COLUMNS.split(",")))
LOG_COLUMNS = "shard, seq, tenant, kind, target, value, expires_at, reason, at"
AUDIT_COLUMNS = (
    "shard, seq, tenant, at_ms, action, caller, target, detail, master_id, previous, hash"
)


def key_row(key: StoredKey) -> Row:
    """The columns of a key, in the order of KEY_COLUMNS."""
    return (
        key.tenant,
        key.key_id,
        key.kind,
        key.master_id,
        key.issued_at,
        key.generation,
        key.revision,
        key.name,
        key.actor,
        _texts(key.scopes),
        key.metadata,
        None if key.networks is None else _texts(key.networks),
        None if key.limit is None else key.limit.quota,
        None if key.limit is None else key.limit.window_s,
        key.visibility,
        key.status,
        key.expires_at,
        key.created_ms,
        key.updated_ms,
        key.revocation_reason,
        key.revocation_description,
        key.predecessor,
        key.successor,
        key.digest,
        key.hint,
        key.hash_digest,
        key.hash_kind,
        key.hash_sealed,
    )


def key_of(row: Row) -> StoredKey:
    """The key of a row."""
    return StoredKey(
        tenant=row[0],
        key_id=row[1],
        kind=KeyKind(row[2]),
        master_id=row[3],
        issued_at=row[4],
        generation=row[5],
        revision=row[6],
        name=row[7],
        actor=row[8],
        scopes=_list(row[9]),
        metadata=row[10],
        networks=None if row[11] is None else _list(row[11]),
        limit=None if row[12] is None else RateLimit(row[12], row[13]),
        visibility=Visibility(row[14]),
        status=KeyStatus(row[15]),
        expires_at=row[16],
        created_ms=row[17],
        updated_ms=row[18],
        revocation_reason=row[19],
        revocation_description=row[20],
        predecessor=row[21],
        successor=row[22],
        digest=row[23],
        hint=row[24],
        hash_digest=row[25],
        hash_kind=row[26],
        hash_sealed=row[27],
    )


def entry_of(row: Row) -> LogEntry:
    """The revocation log's entry of a row."""
    return LogEntry(
        shard=row[0],
        seq=row[1],
        tenant=row[2],
        kind=kind_of(row[3]),
        target=row[4],
        value=row[5],
        expires_at=row[6],
        reason=row[7],
        at=row[8],
    )


def audit_of(row: Row) -> AuditRow:
    """The audit log's row of a row."""
    return AuditRow(**dict(zip(AuditRow.__struct_fields__, row, strict=True)))


def _texts(values: tuple[str, ...]) -> str:
    return msgspec.json.encode(values).decode()


def _list(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])
