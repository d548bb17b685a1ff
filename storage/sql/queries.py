"""What a store is asked, as scripts; the contract of each is in `storage.base`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from engine.types import ELSEWHERE
from storage import rules
from storage.base import KeyFilter, KeyPosition, KeyText, LogEntry, StoredKey
from storage.errors import Conflict

from .rows import KEY_COLUMNS, LOG_COLUMNS, entry_of, key_of
from .script import Script, ask, one, write

Item = TypeVar("Item")

_CHUNK = 500
_GET = f"SELECT {KEY_COLUMNS} FROM api_keys WHERE tenant = ? AND key_id = ?"
# Left to itself, SQLite reads all keys of the tenant for more than one digest, for those of one
# actor and for those of the rarer kind.
_BY_DIGEST = f"""
SELECT {KEY_COLUMNS} FROM api_keys INDEXED BY api_keys_by_digest
WHERE tenant = ? AND digest IN ({{}})"""
_NEXT_KIND = """
SELECT min(hash_kind) FROM api_keys INDEXED BY api_keys_by_hash_kind
WHERE tenant = ? AND hash_kind > ?"""
# The index has these keys alone, and is found only where the number is spelled out.
_ELSEWHERE = f"""
SELECT 1 FROM api_keys INDEXED BY api_keys_by_other_minter
WHERE tenant = ? AND master_id = {ELSEWHERE:d} LIMIT 1"""
_LIST = f"SELECT {KEY_COLUMNS} FROM api_keys INDEXED BY {{}} WHERE tenant = ? AND kind = ?"
_LIST_OF_KIND, _LIST_OF_ACTOR = map(_LIST.format, ("api_keys_by_kind", "api_keys_by_actor"))
_STATUS = {
    "active": " AND status = 1 AND expires_at > ?",
    "expired": " AND status IN (1, 3) AND expires_at <= ?",
    "suspended": " AND status = 3 AND expires_at > ?",
}
_REVOKED = " AND status = 2"
# Each names its index: SQLite would take one by key id for an actor, and sort all of his keys.
_NEWEST = f"""
SELECT {KEY_COLUMNS} FROM api_keys INDEXED BY {{}}
WHERE tenant = ? AND created_ms >= ? AND (created_ms, key_id) < (?, ?) {{}}
ORDER BY created_ms DESC, key_id DESC LIMIT ?"""
_NEWEST_OF = {
    None: _NEWEST.format("api_keys_by_time", ""),
    "actor": _NEWEST.format("api_keys_by_actor_and_time", "AND actor = ?"),
    "hint": _NEWEST.format("api_keys_by_hint", "AND hint = ? AND hint != ''"),
}
_END = KeyPosition(rules.INTEGER, b"\xff" * (rules.ID + 1))  # behind every key
_USED = "SELECT key_id, last_used_ms FROM key_usage WHERE tenant = ? AND key_id IN ({})"
_TOUCH = """
INSERT INTO key_usage (tenant, key_id, last_used_ms) VALUES {}
ON CONFLICT (tenant, key_id) DO UPDATE SET last_used_ms = excluded.last_used_ms
WHERE excluded.last_used_ms > key_usage.last_used_ms"""
_READ = f"""
SELECT {LOG_COLUMNS} FROM revocation_log WHERE shard = ? AND seq > ? ORDER BY seq LIMIT ?"""
PRUNING = (
    """DELETE FROM revocation_log WHERE (shard, seq) IN
    (SELECT shard, seq FROM revocation_log WHERE expires_at < ? LIMIT ?)""",
    """DELETE FROM budgets WHERE (tenant, counter) IN
    (SELECT tenant, counter FROM budgets WHERE ends_at < ? LIMIT ?)""",
    """DELETE FROM requests WHERE (tenant, request_id) IN
    (SELECT tenant, request_id FROM requests WHERE expires_at < ? LIMIT ?)""",
)
# Rows that one pruning statement deletes: others get their turn in between.
BATCH = 1000
_CHECKS = "SELECT master_id, check_value FROM masters"
_CHECK = "SELECT check_value FROM masters WHERE master_id = ?"
_ADD_CHECK = """
INSERT INTO masters (master_id, check_value) VALUES (?, ?) ON CONFLICT (master_id) DO NOTHING"""


def get(tenant: str, key_id: bytes) -> Script[StoredKey | None]:
    row = yield from one(_GET, tenant, key_id)
    return None if row is None else key_of(row)


def get_by_digest(tenant: str, digests: Sequence[bytes]) -> Script[StoredKey | None]:
    if not digests:
        return None
    marks = ", ".join("?" * len(digests))
    rows = yield from ask(_BY_DIGEST.format(marks), tenant, *digests)
    found = {key.digest: key for key in map(key_of, rows)}
    return next((found[each] for each in digests if each in found), None)


def list_keys(
    tenant: str, which: KeyFilter, limit: int, before: bytes | None
) -> Script[Sequence[StoredKey]]:
    query, values = _LIST_OF_KIND, [tenant, which.kind]
    if which.actor is not None:
        query, values = _LIST_OF_ACTOR + " AND actor = ?", [*values, which.actor]
    if which.status == "revoked":
        query += _REVOKED
    elif which.status is not None:
        query, values = query + _STATUS[which.status], [*values, which.now]
    if before is not None:
        query, values = query + " AND key_id < ?", [*values, before]
    query += " ORDER BY key_id DESC LIMIT ?"
    return [key_of(row) for row in (yield from ask(query, *values, limit))]


def newest(
    tenant: str,
    limit: int,
    since_ms: int,
    before: KeyPosition | None,
    exactly: tuple[KeyText, str] | None,
) -> Script[Sequence[StoredKey]]:
    which, text = exactly or (None, "")
    values = [tenant, since_ms, *(before or _END), *([text] if which else []), limit]
    return [key_of(row) for row in (yield from ask(_NEWEST_OF[which], *values))]


def hash_kinds(tenant: str) -> Script[Sequence[str]]:
    kinds = [""]
    # From one to the next: few kinds may have millions of rows.
    while (row := (yield from one(_NEXT_KIND, tenant, kinds[-1]))) and row[0] is not None:
        kinds.append(row[0])
    return sorted(kinds[1:])


def has_elsewhere(tenant: str) -> Script[bool]:
    return (yield from one(_ELSEWHERE, tenant)) is not None


def last_used(tenant: str, key_ids: Sequence[bytes]) -> Script[Mapping[bytes, int]]:
    found: dict[bytes, int] = {}
    for some in _chunks(key_ids):
        marks = ", ".join("?" * len(some))
        rows = yield from ask(_USED.format(marks), tenant, *some)
        found |= {key_id: int(ms) for key_id, ms in rows}
    return found


def touch(uses: Mapping[tuple[str, bytes], int]) -> Script[None]:
    # In one order everywhere, so that two nodes never wait for each other.
    for some in _chunks(sorted((*key, ms) for key, ms in uses.items())):
        marks = ", ".join(["(?, ?, ?)"] * len(some))
        yield from write(_TOUCH.format(marks), *(value for row in some for value in row))


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """No more than one statement takes in any database, and few lengths to prepare it for."""
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def read(shard: int, after: int, limit: int) -> Script[Sequence[LogEntry]]:
    return [entry_of(row) for row in (yield from ask(_READ, shard, after, limit))]


def checks() -> Script[Mapping[int, bytes]]:
    return {int(id_): check for id_, check in (yield from ask(_CHECKS))}


def add_check(master_id: int, check: bytes) -> Script[None]:
    # Written first: of two nodes that add one at the same moment the second waits for the first.
    if not (yield from write(_ADD_CHECK, master_id, check)):
        row = yield from one(_CHECK, master_id)
        if row is None or row[0] != check:
            raise Conflict(f"master {master_id} stands with another check value")
