"""The contract as plain Python: the reference model that every other store is compared with."""

from collections.abc import Mapping, Sequence

import msgspec

from engine.types import ELSEWHERE, Debit, Kind

from . import rules
from .base import (
    SHARDS,
    AuditBreak,
    AuditHead,
    AuditPosition,
    AuditRow,
    Change,
    KeyFilter,
    KeyPosition,
    KeyText,
    LogEntry,
    SpentWindow,
    StoredKey,
)
from .chain import GENESIS, UNKEYED, AuditKeys, Walk
from .cluster import Head
from .errors import NO_KEY, Conflict, IssuedTooEarly, KeyExists, RequestReplayed, Stale, StoreError
from .memory_cluster import MemoryCluster
from .notices import notice_entry, unsaid


class MemoryStore(MemoryCluster):
    """Keeps everything in dictionaries, and nothing for longer than the process lives."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: dict[tuple[str, bytes], StoredKey] = {}
        self._used: dict[tuple[str, bytes], int] = {}
        self._log: list[list[LogEntry]] = [[] for _ in range(SHARDS)]
        self._heads = [Head(0, b"")] * SHARDS
        self._audit: list[list[AuditRow]] = [[] for _ in range(SHARDS)]
        self._audit_keys = AuditKeys()
        self._budgets: dict[tuple[str, bytes], tuple[int, int]] = {}
        self._requests: dict[tuple[str, str], tuple[bytes, int]] = {}
        self._checks: dict[int, bytes] = {}
        self._epochs: dict[str, int] = {}

    async def commit(self, change: Change) -> Sequence[LogEntry]:
        rules.require_sound(change)
        self._check(change)
        self._check_audit(change)
        self._keys = self._written(change)
        for key in change.delete:
            self._used.pop((key.tenant, key.key_id), None)
        if change.request_id and change.insert:
            first = change.insert[0]
            remembered = first.key_id, first.expires_at
            self._requests[change.tenant, change.request_id] = remembered
        if change.raise_epoch is not None:
            self._epochs[change.tenant] = change.raise_epoch + 1
        self._append_audit(change)
        return self._append(change)

    def _check(self, change: Change) -> None:
        key_id, until = self._requests.get((change.tenant, change.request_id), (b"", 0))
        if change.request_id and until > change.at_ms // 1000:
            raise RequestReplayed(key_id)
        if change.raise_epoch not in (None, self._epochs.get(change.tenant, 0)):
            raise Stale("the tenant's epoch has changed since it was read")
        floors = [self._standing(change.tenant, f.kind, f.target) for f in change.floors]
        floor = max((entry.value for entry in floors if entry is not None), default=-1)
        if any(key.issued_at <= floor for key in change.insert):
            raise IssuedTooEarly(floor + 1)
        own = [key for key in self._keys.values() if key.tenant == change.tenant]
        taken = {digest: key.key_id for key in own for digest in _digests(key)}
        if found := next((taken[each] for each in change.absent if each in taken), None):
            raise KeyExists("a key with one of these digests is already there", found)

    def _check_audit(self, change: Change) -> None:
        rows = self._audit[rules.audit_shard(change.tenant)]
        if rows and rows[-1].master_id != UNKEYED == self._audit_keys.current:
            raise StoreError(NO_KEY)

    def _written(self, change: Change) -> dict[tuple[str, bytes], StoredKey]:
        keys = dict(self._keys)
        for key in change.insert:
            _put(keys, key)
        for old, new in change.replace:
            current = keys.pop((old.tenant, old.key_id), None)
            if current is None or current.revision != old.revision:
                raise Stale("the key has changed since it was read")
            _put(keys, msgspec.structs.replace(new, revision=old.revision + 1))
        for revoked in change.revoke_keys:
            current = keys.get((change.tenant, revoked.key_id))
            if current is None:
                raise Stale("there is no such key any more")
            keys[change.tenant, revoked.key_id] = rules.revoked_row(current, revoked, change.at_ms)
        for old in change.delete:
            current = keys.pop((old.tenant, old.key_id), None)
            if current is None or current.revision != old.revision:
                raise Stale("the key has changed since it was read")
        return keys

    def _append(self, change: Change) -> Sequence[LogEntry]:
        entries = []
        for new in change.revoke:
            kind, target = new.revocation.kind, new.revocation.target
            if rules.needs_writing(self._entries(change.tenant, kind, target), new):
                entries.append(self._placed(rules.revocation_entry(change, new)))
        said = [entry.target for entry in entries]
        return entries + [self._placed(notice_entry(change, n)) for n in unsaid(change, said)]

    def _placed(self, entry: LogEntry) -> LogEntry:
        seq, digest = self._heads[entry.shard]
        entry = msgspec.structs.replace(entry, seq=seq + 1)
        self._heads[entry.shard] = Head(seq + 1, rules.chained(digest, entry))
        self._log[entry.shard].append(entry)
        return entry

    def _append_audit(self, change: Change) -> None:
        rows = self._audit[rules.audit_shard(change.tenant)]
        keys = self._audit_keys
        row = AuditRow(
            shard=rules.audit_shard(change.tenant),
            seq=len(rows) + 1,
            tenant=change.tenant,
            at_ms=change.at_ms,
            action=change.audit.action,
            caller=change.audit.caller,
            target=change.audit.target,
            detail=change.audit.detail,
            master_id=keys.current,
            previous=rows[-1].hash if rows else GENESIS,
            hash=b"",
        )
        rows.append(msgspec.structs.replace(row, hash=keys.hash(row)))

    def _entries(self, tenant: str, kind: Kind, target: bytes) -> Sequence[LogEntry]:
        entries = self._log[rules.log_shard(target)]
        return [e for e in entries if (e.tenant, e.kind, e.target) == (tenant, kind, target)]

    def _standing(self, tenant: str, kind: Kind, target: bytes) -> LogEntry | None:
        return rules.strongest(self._entries(tenant, kind, target))

    async def close(self) -> None:
        return None

    async def get(self, tenant: str, key_id: bytes) -> StoredKey | None:
        return self._keys.get((tenant, key_id))

    async def get_by_digest(self, tenant: str, *digests: bytes) -> StoredKey | None:
        return self._by_digest(tenant, digests)

    def _by_digest(self, tenant: str, digests: Sequence[bytes]) -> StoredKey | None:
        found: dict[bytes | None, StoredKey] = {
            k.digest: k for k in self._keys.values() if k.tenant == tenant
        }
        return next((found[each] for each in digests if each in found), None)

    async def hash_kinds(self, tenant: str) -> Sequence[str]:
        kinds = {key.hash_kind for key in self._keys.values() if key.tenant == tenant}
        return sorted(kind for kind in kinds if kind is not None)

    async def has_elsewhere(self, tenant: str) -> bool:
        keys = self._keys.values()
        return any((key.tenant, key.master_id) == (tenant, ELSEWHERE) for key in keys)

    async def list(
        self, tenant: str, which: KeyFilter, *, limit: int, before: bytes | None = None
    ) -> Sequence[StoredKey]:
        found = [
            key
            for key in self._keys.values()
            if (key.tenant, key.kind) == (tenant, which.kind)
            and (which.actor is None or key.actor == which.actor)
            and (which.status is None or rules.status_word(key, which.now) == which.status)
            and (before is None or key.key_id < before)
        ]
        return sorted(found, key=lambda key: key.key_id, reverse=True)[:limit]

    async def newest(
        self,
        tenant: str,
        *,
        limit: int,
        since_ms: int = 0,
        before: KeyPosition | None = None,
        exactly: tuple[KeyText, str] | None = None,
    ) -> Sequence[StoredKey]:
        found = [
            key
            for key in self._keys.values()
            if key.tenant == tenant
            and key.created_ms >= since_ms
            and (before is None or key.position < before)
            and (exactly is None or getattr(key, exactly[0]) == exactly[1])
        ]
        return sorted(found, key=lambda key: key.position, reverse=True)[:limit]

    async def last_used(self, tenant: str, key_ids: Sequence[bytes]) -> Mapping[bytes, int]:
        return {i: self._used[tenant, i] for i in key_ids if (tenant, i) in self._used}

    async def touch(self, uses: Mapping[tuple[str, bytes], int]) -> None:
        for key, ms in uses.items():
            self._used[key] = max(ms, self._used.get(key, ms))

    async def positions(self) -> Sequence[int]:
        return [head.seq for head in self._heads]

    async def read(self, shard: int, after: int, limit: int) -> Sequence[LogEntry]:
        return [entry for entry in self._log[shard] if entry.seq > after][:limit]

    async def standing(self, tenant: str, kind: Kind, target: bytes) -> LogEntry | None:
        return self._standing(tenant, kind, target)

    async def prune(self, now: int) -> int:
        before = self._size()
        self._log = [[e for e in shard if e.expires_at >= now] for shard in self._log]
        self._budgets = {k: v for k, v in self._budgets.items() if v[1] >= now}
        self._requests = {k: v for k, v in self._requests.items() if v[1] >= now}
        return before - self._size()

    def _size(self) -> int:
        return sum(map(len, self._log)) + len(self._budgets) + len(self._requests)

    async def debit(self, tenant: str, debits: Sequence[Debit], now: int) -> int | None:
        after = dict(self._budgets)
        for index, one in enumerate(debits):
            spent, ends_at = after.get((tenant, one.counter), (0, 0))
            if ends_at <= now:
                spent, ends_at = 0, min(now + one.window_s, rules.INTEGER)
            if spent + one.cost > one.limit:
                return index
            after[tenant, one.counter] = spent + one.cost, ends_at
        self._budgets = after
        return None

    async def window(self, tenant: str, counter: bytes, now: int) -> SpentWindow:
        spent, ends_at = self._budgets.get((tenant, counter), (0, 0))
        return SpentWindow(spent, ends_at) if ends_at > now else SpentWindow()

    async def audit(
        self,
        tenant: str,
        *,
        limit: int,
        before: AuditPosition | None = None,
        target: str | None = None,
    ) -> Sequence[AuditRow]:
        rows = [row for shard in self._audit for row in shard if row.tenant == tenant]
        rows = [row for row in rows if target is None or row.target == target]
        rows = [row for row in rows if before is None or row.position < before]
        return sorted(rows, key=lambda row: row.position, reverse=True)[:limit]

    async def last_commit_ms(self) -> int:
        return max((rows[-1].at_ms for rows in self._audit if rows), default=0)

    def key_audit(self, current: int, keys: Mapping[int, bytes]) -> None:
        self._audit_keys = AuditKeys(current, keys)

    async def audit_heads(self) -> Sequence[AuditHead]:
        return [
            AuditHead(shard=shard, seq=len(rows), hash=rows[-1].hash if rows else GENESIS)
            for shard, rows in enumerate(self._audit)
        ]

    async def verify_audit(
        self, heads: Sequence[AuditHead] = (), *, unkeyed: bool = False
    ) -> AuditBreak | None:
        keys = self._audit_keys
        for end in await self.audit_heads():
            rows = self._audit[end.shard]
            seal = keys.seal(end) if rows and rows[-1].master_id != UNKEYED else b""
            walk = Walk(end.shard, keys, heads, unkeyed)
            misfits = (*map(walk.take, rows), walk.finish(end, seal))
            if (broken := next(filter(None, misfits), None)) is not None:
                return broken
        return None

    async def checks(self) -> Mapping[int, bytes]:
        return dict(self._checks)

    async def add_check(self, master_id: int, check: bytes) -> None:
        if self._checks.setdefault(master_id, check) != check:
            raise Conflict(f"master {master_id} stands with another check value")

    async def tenant_epoch(self, tenant: str) -> int:
        return self._epochs.get(tenant, 0)


def _put(keys: dict[tuple[str, bytes], StoredKey], key: StoredKey) -> None:
    others = [each for each in keys.values() if each.tenant == key.tenant]
    for name in ("digest", "hash_digest"):
        value = getattr(key, name)
        if value is not None and value in [getattr(each, name) for each in others]:
            raise KeyExists("a key with this digest is already there")
    if (key.tenant, key.key_id) in keys:
        raise KeyExists("a key with this id is already there")
    keys[key.tenant, key.key_id] = key


def _digests(key: StoredKey) -> set[bytes]:
    return {each for each in (key.digest, key.hash_digest) if each is not None}
