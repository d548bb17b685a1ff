"""The Store protocol in scripts; a database adds how they are run. See `storage.base`."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from engine.types import Debit, Kind
from storage.base import (
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
from storage.chain import AuditKeys
from storage.cluster import ClusterNode, Polled, RecordedSnapshot

from . import audit, budgets, change, cluster, counters, queries, snapshots
from .script import Script, write

Done = TypeVar("Done")


class SqlStore:
    """Everything of a store but its connections."""

    def __init__(self) -> None:
        self._audit_keys = AuditKeys()

    @abstractmethod
    async def _read(self, script: Callable[[], Script[Done]]) -> Done:
        """Run a script that writes nothing, again where it has to be. Raises StoreUnavailable."""

    @abstractmethod
    async def _moment(self, script: Callable[[], Script[Done]]) -> Done:
        """Run a script that reads much, all of one moment, and holds up nobody."""

    @abstractmethod
    async def _write(self, script: Callable[[], Script[Done]]) -> Done:
        """Run a script in a transaction; its answer once that is durable.

        One that may be run a second time after it was written, and changes nothing more then.
        """

    @abstractmethod
    async def _poll(self, script: Callable[[], Script[Done]]) -> Done:
        """Run a script that writes nothing, on a way that no request holds up."""

    @abstractmethod
    async def _register(self, script: Callable[[], Script[Done]]) -> Done:
        """Run a script of the registry, each statement of which stands for itself."""

    @abstractmethod
    async def _apply(
        self, change_: Change, script: Callable[[], Script[change.Written]]
    ) -> change.Written:
        """Run the script of a change in a transaction, in its turn, and never twice."""

    @abstractmethod
    async def _spend(
        self, tenant: str, debits: Sequence[Debit], script: Callable[[], Script[None]]
    ) -> None:
        """Run the script of these debits as `_apply` does, in the turn of their budgets."""

    async def commit(self, change_: Change) -> Sequence[LogEntry]:
        keys = self._audit_keys
        return (await self._apply(change_, lambda: change.apply(change_, keys))).entries

    async def get(self, tenant: str, key_id: bytes) -> StoredKey | None:
        return await self._read(partial(queries.get, tenant, key_id))

    async def get_by_digest(self, tenant: str, *digests: bytes) -> StoredKey | None:
        return await self._read(partial(queries.get_by_digest, tenant, digests))

    async def hash_kinds(self, tenant: str) -> Sequence[str]:
        return await self._read(partial(queries.hash_kinds, tenant))

    async def has_elsewhere(self, tenant: str) -> bool:
        return await self._read(partial(queries.has_elsewhere, tenant))

    async def list(
        self, tenant: str, which: KeyFilter, *, limit: int, before: bytes | None = None
    ) -> Sequence[StoredKey]:
        return await self._read(partial(queries.list_keys, tenant, which, limit, before))

    async def newest(
        self,
        tenant: str,
        *,
        limit: int,
        since_ms: int = 0,
        before: KeyPosition | None = None,
        exactly: tuple[KeyText, str] | None = None,
    ) -> Sequence[StoredKey]:
        return await self._read(partial(queries.newest, tenant, limit, since_ms, before, exactly))

    async def last_used(self, tenant: str, key_ids: Sequence[bytes]) -> Mapping[bytes, int]:
        return await self._read(partial(queries.last_used, tenant, key_ids))

    async def touch(self, uses: Mapping[tuple[str, bytes], int]) -> None:
        await self._write(lambda: queries.touch(uses))

    async def positions(self) -> Sequence[int]:
        return await self._read(counters.ends)

    async def read(self, shard: int, after: int, limit: int) -> Sequence[LogEntry]:
        return await self._read(partial(queries.read, shard, after, limit))

    async def standing(self, tenant: str, kind: Kind, target: bytes) -> LogEntry | None:
        return await self._read(partial(change.standing, tenant, kind, target))

    async def prune(self, now: int) -> int:
        pruned = 0
        for statement in queries.PRUNING:
            # In batches, each a transaction, so that commits get their turn in between.
            while done := await self._write(partial(write, statement, now, queries.BATCH)):
                pruned += done
        return pruned

    async def debit(self, tenant: str, debits: Sequence[Debit], now: int) -> int | None:
        try:
            await self._spend(tenant, debits, partial(budgets.debit, tenant, debits, now))
        except budgets.NotFitting as refused:
            return refused.index
        return None

    async def window(self, tenant: str, counter: bytes, now: int) -> SpentWindow:
        return await self._read(partial(budgets.window, tenant, counter, now))

    async def audit(
        self,
        tenant: str,
        *,
        limit: int,
        before: AuditPosition | None = None,
        target: str | None = None,
    ) -> Sequence[AuditRow]:
        return await self._read(partial(audit.page, tenant, limit, before, target))

    async def last_commit_ms(self) -> int:
        return await self._read(audit.last_ms)

    def key_audit(self, current: int, keys: Mapping[int, bytes]) -> None:
        self._audit_keys = AuditKeys(current, keys)

    async def audit_heads(self) -> Sequence[AuditHead]:
        return await self._read(audit.heads)

    async def verify_audit(
        self, heads: Sequence[AuditHead] = (), *, unkeyed: bool = False
    ) -> AuditBreak | None:
        return await self._moment(partial(audit.walk, self._audit_keys, heads, unkeyed))

    async def checks(self) -> Mapping[int, bytes]:
        return await self._read(queries.checks)

    async def add_check(self, master_id: int, check: bytes) -> None:
        await self._write(lambda: queries.add_check(master_id, check))

    async def tenant_epoch(self, tenant: str) -> int:
        return await self._read(partial(change.epoch, tenant))

    async def poll(self) -> Polled:
        return await self._poll(cluster.poll)

    async def follow(self, shard: int, after: int, limit: int) -> Sequence[LogEntry]:
        return await self._poll(partial(queries.read, shard, after, limit))

    async def enrol(self, node: ClusterNode) -> None:
        await self._register(partial(cluster.enrol, node))

    async def leave(self, node_id: bytes) -> None:
        await self._register(partial(cluster.leave, node_id))

    async def nodes(self) -> Sequence[ClusterNode]:
        return await self._register(cluster.nodes)

    async def watch(self, ms: int) -> None:
        await self._register(partial(cluster.watch, ms))

    async def record_snapshot(self, snapshot: RecordedSnapshot) -> None:
        await self._write(partial(snapshots.record, snapshot))

    async def snapshots(self) -> Sequence[RecordedSnapshot]:
        return await self._read(snapshots.newest)
