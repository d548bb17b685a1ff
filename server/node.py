"""One running server: its store, its tenants, what it knows to be revoked, and its clock.

Every write goes through `commit`, which applies what was written to this node's memory before the
caller answers: the very next verify here sees it.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from engine import Keyring, TenantKeys
from engine.formats.hashed.sealing import HashSeals
from engine.formats.imported import ImportIndex
from engine.formats.talos import Installation
from storage.base import SHARDS, Change, KeyFilter, KeyKind, LogEntry, Store

from .auditkeys import audit_keys
from .forgetting import Forgetting
from .paging import Pager
from .parsers import SYSTEM_TENANT
from .secretwatch import SecretWatch
from .settings import Settings
from .signingkeys import SigningKey
from .tenant import KEPT, Tenant
from .trials import Trials
from .trust import TrustedProxies
from .turns import Turns

__all__ = ["Clock", "Node", "Tenant"]

_PAGE = 10_000
_LEAST_KEPT = 10_000  # keys of one of many tenants in memory

Clock = Callable[[], float]


class Node:
    """What the handlers share. Made by `Node.open`; nothing here is global."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        keyring: Keyring,
        tenants: Sequence[TenantKeys],
        clock: Clock,
        signing_keys: Sequence[SigningKey] = (),
        talos: Installation | None = None,
        peppers: Mapping[str, bytes] = {},
    ) -> None:
        self.settings = settings
        self.store = store
        self.keyring = keyring
        self.clock = clock
        self.proxies = TrustedProxies(settings.trusted_proxies)
        self.pager = Pager(keyring.current.derive("marzipan 2026-11 page token key v1"))
        self.positions = [0] * SHARDS
        # No credential of another system ever opens an admin route.
        nid = None if talos is None else talos.nid
        self._tenants: dict[str, Tenant] = {}
        kept = max(_LEAST_KEPT, KEPT // len(settings.names()))
        for keys in tenants:
            name, index, seals = keys.name, None, None
            if name != SYSTEM_TENANT:
                other = nid if name == settings.tenant else None
                index = ImportIndex(name, keyring, other, peppers)
                seals = HashSeals(name, keyring)
            self._tenants[name] = Tenant(
                keys,
                store,
                settings.of(name),
                self.now,
                signing_keys,
                talos if name == settings.tenant else None,
                index,
                seals,
                kept,
            )
        self.signing_keys = tuple(signing_keys)
        self.secret_watch: SecretWatch | None = None
        self.turns = Turns()
        self.trials = Trials()
        self.uses: dict[tuple[str, bytes], int] = {}
        self.forgetting = Forgetting(self.now())
        self.ready = False

    @classmethod
    async def open(
        cls,
        settings: Settings,
        store: Store,
        keyring: Keyring,
        clock: Clock = time.time,
        signing_keys: Sequence[SigningKey] = (),
        talos: Installation | None = None,
        peppers: Mapping[str, bytes] = {},
    ) -> "Node":
        """A node that has read the whole revocation log, and is ready."""
        names = dict.fromkeys((settings.tenant, *settings.names(), SYSTEM_TENANT))
        tenants = [keyring.tenant(name, await store.tenant_epoch(name)) for name in names]
        store.key_audit(keyring.current.id, audit_keys(keyring))
        node = cls(settings, store, keyring, tenants, clock, signing_keys, talos, peppers)
        if newest := await store.last_commit_ms():
            node.forgetting = Forgetting(newest // 1000)
        for shard in range(SHARDS):
            await node._catch_up(shard)
        imported = KeyFilter(now=node.now(), kind=KeyKind.IMPORTED)
        for tenant in node.tenants():
            if tenant.index is None:
                continue
            if await store.list(tenant.name, imported, limit=1):
                tenant.ids.imported()
            tenant.expect(await store.hash_kinds(tenant.name))
        node.ready = True
        return node

    def of(self, name: str) -> Tenant:
        """The tenant of that name. Raises KeyError for one that these settings don't have."""
        return self._tenants[name]

    def tenants(self) -> Iterable[Tenant]:
        """All tenants of this node, that of the admin keys among them."""
        return self._tenants.values()

    @property
    def tenant(self) -> Tenant:
        """The tenant of offline commands. What answers a request is given the tenant of that."""
        return self._tenants[self.settings.tenant]

    @property
    def system(self) -> Tenant:
        """The tenant in which admin keys live."""
        return self._tenants[SYSTEM_TENANT]

    def now(self) -> int:
        """Unix seconds."""
        return int(self.clock())

    def now_ms(self) -> int:
        """Unix milliseconds."""
        return int(self.clock() * 1000)

    async def commit(self, change: Change) -> Sequence[LogEntry]:
        """Write a change, then apply it here. Raises what `Store.commit` raises.

        A caller that is cancelled meanwhile can't keep what was written from being applied.
        """
        return await asyncio.shield(asyncio.ensure_future(self._commit(change)))

    async def _commit(self, change: Change) -> Sequence[LogEntry]:
        entries = await self.store.commit(change)
        for entry in entries:
            self._apply(entry)
        tenant = self._tenants[change.tenant]
        for key in (*(new for _, new in change.replace), *change.delete):
            tenant.evict(key.key_id)
        for revoked in change.revoke_keys:
            tenant.evict(revoked.key_id)
        imported = [key for key in change.insert if key.kind is KeyKind.IMPORTED]
        if imported:
            tenant.expect(key.hash_kind for key in imported)
            tenant.ids.imported()
        return entries

    def used(self, tenant: str, key_id: bytes) -> None:
        """Remember that a key was used; written in batches by `flush_uses`."""
        self.uses[tenant, key_id] = self.now_ms()

    async def flush_uses(self) -> None:
        """Write what `used` gathered; a failed write keeps it for the next time."""
        uses, self.uses = self.uses, {}
        if not uses:
            return
        try:
            await self.store.touch(uses)
        except BaseException:
            self.uses = {**uses, **self.uses}
            raise

    async def prune(self) -> None:
        """Forget revocations, counters and request ids that outlived what they were for."""
        until = self.forgetting.until(self.now())
        await self.store.prune(until)
        for tenant in self.tenants():
            tenant.denylist.prune(until)

    async def _catch_up(self, shard: int) -> None:
        while page := await self.store.read(shard, self.positions[shard], _PAGE):
            for entry in page:
                self._apply(entry)

    def _apply(self, entry: LogEntry) -> None:
        if (tenant := self._tenants.get(entry.tenant)) is not None:
            tenant.denylist.add(entry.kind, entry.target, entry.value, entry.expires_at)
            tenant.evict(entry.target)
        self.positions[entry.shard] = max(self.positions[entry.shard], entry.seq)
