"""Apply one Change inside the writer's transaction: all of it, or an exception and none of it."""

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from engine.types import KeyStatus, Kind
from storage import rules
from storage.base import Change, LogEntry, RevokedKey, StoredKey
from storage.chain import AuditKeys
from storage.errors import IssuedTooEarly, KeyExists, KeyRevoked, RequestReplayed, Stale

from . import audit, counters
from .rows import KEY_COLUMNS, KEY_MARKS, LOG_COLUMNS, Row, entry_of, key_row

_INSERT_KEY = f"INSERT INTO api_keys ({KEY_COLUMNS}) VALUES ({KEY_MARKS})"
_REPLACE_KEY = f"""
UPDATE api_keys SET ({KEY_COLUMNS}) = ({KEY_MARKS})
WHERE tenant = ? AND key_id = ? AND revision = ?"""
_REVOKE_KEY = f"""
UPDATE api_keys SET status = {KeyStatus.REVOKED:d}, revocation_reason = ?,
revocation_description = ?, updated_ms = ?, revision = revision + 1
WHERE tenant = ? AND key_id = ? AND status != {KeyStatus.REVOKED:d}"""
_IS_KEY = "SELECT 1 FROM api_keys WHERE tenant = ? AND key_id = ?"
_DELETE_KEY = "DELETE FROM api_keys WHERE tenant = ? AND key_id = ? AND revision = ?"
_DELETE_USE = "DELETE FROM key_usage WHERE tenant = ? AND key_id = ?"
_TAKEN = """
SELECT 1 FROM api_keys INDEXED BY api_keys_by_digest WHERE tenant = ?1 AND digest = ?2
UNION ALL
SELECT 1 FROM api_keys INDEXED BY api_keys_by_hash_digest WHERE tenant = ?1 AND hash_digest = ?2"""
_REQUEST = "SELECT key_id FROM requests WHERE tenant = ? AND request_id = ? AND expires_at > ?"
_REMEMBER = """
INSERT INTO requests (tenant, request_id, key_id, expires_at) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, request_id) DO UPDATE
SET key_id = excluded.key_id, expires_at = excluded.expires_at"""
_EPOCH = "SELECT epoch FROM tenants WHERE tenant = ?"
_SET_EPOCH = """
INSERT INTO tenants (tenant, epoch) VALUES (?, ?)
ON CONFLICT (tenant) DO UPDATE SET epoch = excluded.epoch"""
_STANDING = f"""
SELECT {LOG_COLUMNS} FROM revocation_log WHERE tenant = ? AND kind = ? AND target = ?"""
_INSERT_ENTRY = f"INSERT INTO revocation_log ({LOG_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def apply(db: sqlite3.Connection, change: Change, keys: AuditKeys) -> Sequence[LogEntry]:
    """Write the change; the log entries it made. Raises the conflicts of `Store.commit`."""
    rules.require_sound(change)
    _check_request(db, change)
    if change.raise_epoch is not None and epoch(db, change.tenant) != change.raise_epoch:
        raise Stale("the tenant's epoch has changed since it was read")
    _check_floors(db, change)
    _check_absent(db, change)
    for key in change.insert:
        _put(db, _INSERT_KEY, key_row(key))
    for old, new in change.replace:
        _replace(db, old, new)
    for revoked in change.revoke_keys:
        _revoke_key(db, change, revoked)
    for key in change.delete:
        _delete(db, key)
    if change.request_id and change.insert:
        first = change.insert[0]
        db.execute(_REMEMBER, (change.tenant, change.request_id, first.key_id, first.expires_at))
    if change.raise_epoch is not None:
        db.execute(_SET_EPOCH, (change.tenant, change.raise_epoch + 1))
    entries, heads = _append(db, change)
    end = audit.append(db, change, keys)
    # The counters come last: whoever reads one sees every row up to it.
    for shard, seq in heads.items():
        counters.bump_revocations(db, shard, seq)
    counters.bump_audit(db, end, keys.seal(end))
    return entries


def standing(db: sqlite3.Connection, tenant: str, kind: Kind, target: bytes) -> LogEntry | None:
    """The strongest entry for a target, or None."""
    return rules.strongest(_entries(db, tenant, kind, target))


def epoch(db: sqlite3.Connection, tenant: str) -> int:
    """The tenant's epoch, 0 for one never raised."""
    row = db.execute(_EPOCH, (tenant,)).fetchone()
    return 0 if row is None else int(row[0])


def _entries(db: sqlite3.Connection, tenant: str, kind: Kind, target: bytes) -> Iterable[LogEntry]:
    return map(entry_of, db.execute(_STANDING, (tenant, kind, target)).fetchall())


def _check_request(db: sqlite3.Connection, change: Change) -> None:
    if change.request_id:
        now = change.at_ms // 1000
        row = db.execute(_REQUEST, (change.tenant, change.request_id, now)).fetchone()
        if row is not None:
            raise RequestReplayed(row[0])


def _check_floors(db: sqlite3.Connection, change: Change) -> None:
    if not change.insert:
        return
    earliest = min(key.issued_at for key in change.insert)
    values = [
        entry.value
        for floor in change.floors
        if (entry := standing(db, change.tenant, floor.kind, floor.target)) is not None
    ]
    if values and max(values) >= earliest:
        raise IssuedTooEarly(max(values) + 1)


def _check_absent(db: sqlite3.Connection, change: Change) -> None:
    for digest in change.absent:
        if db.execute(_TAKEN, (change.tenant, digest)).fetchone() is not None:
            raise KeyExists("a key with one of these digests is already there")


def _delete(db: sqlite3.Connection, key: StoredKey) -> None:
    if db.execute(_DELETE_KEY, (key.tenant, key.key_id, key.revision)).rowcount != 1:
        raise Stale("the key has changed since it was read")
    db.execute(_DELETE_USE, (key.tenant, key.key_id))


def _replace(db: sqlite3.Connection, old: StoredKey, new: StoredKey) -> None:
    row = key_row(msgspec.structs.replace(new, revision=old.revision + 1))
    if _put(db, _REPLACE_KEY, (*row, old.tenant, old.key_id, old.revision)) != 1:
        raise Stale("the key has changed since it was read")


def _revoke_key(db: sqlite3.Connection, change: Change, how: RevokedKey) -> None:
    where = change.tenant, how.key_id
    terms = how.reason, how.description, change.at_ms
    if db.execute(_REVOKE_KEY, (*terms, *where)).rowcount == 1:
        return
    if db.execute(_IS_KEY, where).fetchone() is None:
        raise Stale("there is no such key any more")
    raise KeyRevoked("the key is revoked already")


def _put(db: sqlite3.Connection, statement: str, values: Row) -> int:
    try:
        return db.execute(statement, values).rowcount
    except sqlite3.IntegrityError:
        raise KeyExists("a key with this id or digest is already there") from None


def _append(db: sqlite3.Connection, change: Change) -> tuple[list[LogEntry], dict[int, int]]:
    entries: list[LogEntry] = []
    heads: dict[int, int] = {}
    for new in change.revoke:
        kind, target = new.revocation.kind, new.revocation.target
        if not rules.needs_writing(_entries(db, change.tenant, kind, target), new):
            continue
        shard = rules.log_shard(target)
        seq = (heads[shard] if shard in heads else counters.revocations_end(db, shard)) + 1
        heads[shard] = seq
        entry = LogEntry(
            shard=shard,
            seq=seq,
            tenant=change.tenant,
            kind=kind,
            target=target,
            value=new.revocation.value,
            expires_at=new.expires_at,
            reason=new.reason,
            at=change.at_ms // 1000,
        )
        db.execute(_INSERT_ENTRY, msgspec.structs.astuple(entry))
        entries.append(entry)
    return entries, heads
