"""Apply one Change inside a transaction: all of it, or an exception and none of it."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from engine.types import KeyStatus, Kind
from storage import rules
from storage.base import AuditHead, Change, LogEntry, RevokedKey, StoredKey
from storage.chain import AuditKeys
from storage.cluster import Head
from storage.errors import IssuedTooEarly, KeyExists, KeyRevoked, RequestReplayed, Stale
from storage.notices import notice_entry, unsaid

from . import audit, counters
from .rows import KEY_COLUMNS, KEY_MARKS, LOG_COLUMNS, entry_of, key_row
from .script import Duplicate, Row, Script, ask, one, write

# Many rows a statement, each of which is a round trip to a server. Few lengths, so that a server
# prepares few texts; the longest has fewer values than any database takes.
_INSERT_KEYS = {
    rows: f"INSERT INTO api_keys ({KEY_COLUMNS}) VALUES " + ", ".join([f"({KEY_MARKS})"] * rows)
    for rows in (256, 64, 16, 4, 1)
}
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
SELECT key_id FROM api_keys INDEXED BY api_keys_by_digest WHERE tenant = ? AND digest = ?
UNION ALL
SELECT key_id FROM api_keys INDEXED BY api_keys_by_hash_digest
WHERE tenant = ? AND hash_digest = ?"""
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


class Written(NamedTuple):
    """The log entries that a change made, and its row of the audit, which no other change has."""

    entries: Sequence[LogEntry]
    end: AuditHead


def apply(change: Change, keys: AuditKeys) -> Script[Written]:
    """Write the change. Raises the conflicts of `Store.commit`."""
    rules.require_sound(change)
    yield from _check_request(change)
    if change.raise_epoch is not None and (yield from epoch(change.tenant)) != change.raise_epoch:
        raise Stale("the tenant's epoch has changed since it was read")
    yield from _check_floors(change)
    yield from _check_absent(change)
    yield from _insert(change.insert)
    for old, new in change.replace:
        yield from _replace(old, new)
    for revoked in change.revoke_keys:
        yield from _revoke_key(change, revoked)
    for key in change.delete:
        yield from _delete(key)
    if change.request_id and change.insert:
        first = change.insert[0]
        remembered = first.key_id, first.expires_at
        yield from write(_REMEMBER, change.tenant, change.request_id, *remembered)
    if change.raise_epoch is not None:
        yield from write(_SET_EPOCH, change.tenant, change.raise_epoch + 1)
    entries, heads = yield from _append(change)
    end = yield from audit.append(change, keys)
    # The counters come last: whoever reads one sees every row up to it.
    for shard, head in sorted(heads.items()):
        yield from counters.bump_revocations(shard, head)
    yield from counters.bump_audit(end, keys.seal(end))
    return Written(entries, end)


def standing(tenant: str, kind: Kind, target: bytes) -> Script[LogEntry | None]:
    """The strongest entry for a target, or None."""
    return rules.strongest((yield from _entries(tenant, kind, target)))


def epoch(tenant: str) -> Script[int]:
    """The tenant's epoch, 0 for one never raised."""
    row = yield from one(_EPOCH, tenant)
    return 0 if row is None else int(row[0])


def _entries(tenant: str, kind: Kind, target: bytes) -> Script[list[LogEntry]]:
    return [entry_of(row) for row in (yield from ask(_STANDING, tenant, kind, target))]


def _check_request(change: Change) -> Script[None]:
    if change.request_id:
        now = change.at_ms // 1000
        row = yield from one(_REQUEST, change.tenant, change.request_id, now)
        if row is not None:
            raise RequestReplayed(row[0])


def _check_floors(change: Change) -> Script[None]:
    if not change.insert:
        return
    values = []
    for floor in change.floors:
        entry = yield from standing(change.tenant, floor.kind, floor.target)
        if entry is not None:
            values.append(entry.value)
    if values and max(values) >= min(key.issued_at for key in change.insert):
        raise IssuedTooEarly(max(values) + 1)


def _check_absent(change: Change) -> Script[None]:
    for digest in change.absent:
        if (row := (yield from one(_TAKEN, *[change.tenant, digest] * 2))) is not None:
            raise KeyExists("a key with one of these digests is already there", row[0])


def _insert(keys: Sequence[StoredKey]) -> Script[None]:
    done = 0
    for rows, statement in _INSERT_KEYS.items():
        while len(keys) - done >= rows:
            some = keys[done : done + rows]
            yield from _put(statement, [value for key in some for value in key_row(key)])
            done += rows


def _delete(key: StoredKey) -> Script[None]:
    if (yield from write(_DELETE_KEY, key.tenant, key.key_id, key.revision)) != 1:
        raise Stale("the key has changed since it was read")
    yield from write(_DELETE_USE, key.tenant, key.key_id)


def _replace(old: StoredKey, new: StoredKey) -> Script[None]:
    row = key_row(msgspec.structs.replace(new, revision=old.revision + 1))
    where = old.tenant, old.key_id, old.revision
    if (yield from _put(_REPLACE_KEY, (*row, *where))) != 1:
        raise Stale("the key has changed since it was read")


def _revoke_key(change: Change, how: RevokedKey) -> Script[None]:
    where = change.tenant, how.key_id
    terms = how.reason, how.description, change.at_ms
    if (yield from write(_REVOKE_KEY, *terms, *where)) == 1:
        return
    if (yield from one(_IS_KEY, *where)) is None:
        raise Stale("there is no such key any more")
    raise KeyRevoked("the key is revoked already")


def _put(statement: str, values: Row) -> Script[int]:
    try:
        return (yield from write(statement, *values))
    except Duplicate:
        raise KeyExists("a key with this id or digest is already there") from None


def _append(change: Change) -> Script[tuple[list[LogEntry], dict[int, Head]]]:
    entries: list[LogEntry] = []
    heads: dict[int, Head] = {}
    for new in change.revoke:
        kind, target = new.revocation.kind, new.revocation.target
        standing_entries = yield from _entries(change.tenant, kind, target)
        if rules.needs_writing(standing_entries, new):
            entry = rules.revocation_entry(change, new)
            entries.append((yield from _write_entry(entry, heads)))
    for notice in unsaid(change, [entry.target for entry in entries]):
        entries.append((yield from _write_entry(notice_entry(change, notice), heads)))
    return entries, heads


def _write_entry(entry: LogEntry, heads: dict[int, Head]) -> Script[LogEntry]:
    shard = entry.shard
    if shard not in heads:
        heads[shard] = yield from counters.revocations_end(shard)
    entry = msgspec.structs.replace(entry, seq=heads[shard].seq + 1)
    heads[shard] = Head(entry.seq, rules.chained(heads[shard].hash, entry))
    yield from write(_INSERT_ENTRY, *msgspec.structs.astuple(entry))
    return entry
