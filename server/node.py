"""One running server: its store, its tenants, what it knows to be revoked, and its clock.

Every write goes through `commit`, which applies what was written to this node's memory before the
caller answers: the very next verify here sees it.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from engine import Keyring, Kind, TenantKeys
from engine.formats.hashed.sealing import HashSeals
from engine.formats.imported import ImportIndex
from engine.formats.talos import Installation
from storage.base import Change, KeyFilter, KeyKind, LogEntry, Store
from storage.notices import Notice

from .auditkeys import audit_keys
from .counts import Counts
from .feed import Feed
from .forgetting import Forgetting
from .freshness import CLOSED, Freshness
from .limits.counting import Limits
from .membership import Membership
from .pages import Pages
from .paging import Pager
from .parsers import SYSTEM_TENANT
from .redis.naming import cluster_name
from .secretwatch import SecretWatch
from .settings import Settings
from .signingkeys import SigningKey
from .streams import Streams
from .tenant import KEPT, Tenant
from .trials import Trials
from .trust import TrustedProxies
from .turns import Turns

__all__ = ["Clock", "Node", "Tenant", "written"]

_REVOCATIONS = frozenset(Kind)
_LEAST_KEPT = 10_000  # keys of one of many tenants in memory

Clock = Callable[[], float]

_written: ContextVar[list[LogEntry] | None] = ContextVar("written", default=None)


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
        self.freshness = Freshness(settings.max_staleness)
        policies = (settings.of(name).stale_policy for name in settings.names())
        self._any_closed = CLOSED in policies
        self.feed = Feed(store, self.freshness, self.take, self._reload, self.now)
        self.membership = Membership(store, self.feed, self.freshness)
        self.feed.after_poll = self.membership.polled
        # Hands on what was written here, once it is committed and applied; must not block.
        self.publish: Callable[[Sequence[LogEntry]], None] = _nobody
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
        self.streams = Streams(shared=len(settings.names()) > 1)
        self.pages = Pages(store, self.feed)
        self.limits = Limits(settings.redis_down, settings.redis, clock)
        self.limits.nodes = lambda: self.membership.live
        self.uses: dict[tuple[str, bytes], int] = {}
        self.counts = Counts()
        self.forgetting = Forgetting(self.now())
        # Grows with whatever may turn a verdict: who judged by an older one judges again.
        self.changes = 0

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
        begin: "Callable[[Node], Awaitable[None]] | None" = None,
    ) -> "Node":
        """A node that has read the whole revocation log, and is ready.

        `begin` may spare it a part, by what it adopts and tells the feed.
        """
        names = dict.fromkeys((settings.tenant, *settings.names(), SYSTEM_TENANT))
        tenants = [keyring.tenant(name, await store.tenant_epoch(name)) for name in names]
        store.key_audit(keyring.current.id, audit_keys(keyring))
        node = cls(settings, store, keyring, tenants, clock, signing_keys, talos, peppers)
        if newest := await store.last_commit_ms():
            node.forgetting = Forgetting(newest // 1000)
        if begin is not None:
            await begin(node)
        await node.feed.poll()
        node.limits.belong(cluster_name(keyring, node.feed.epoch))
        return node

    def of(self, name: str) -> Tenant:
        """The tenant of that name. Raises KeyError for one that these settings don't have."""
        return self._tenants[name]

    def tenants(self) -> Iterable[Tenant]:
        """All tenants of this node, that of the admin keys among them."""
        return self._tenants.values()

    @property
    def ready(self) -> bool:
        """Whether the whole revocation log is applied and, where policy wants it so, just now."""
        return self.feed.synced and (self.freshness.holds() or not self._any_closed)

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
        """Write a change, then apply it here; the revocations that it wrote, in order.

        Raises what `Store.commit` raises.

        A caller that is cancelled meanwhile can't keep what was written from being applied.
        """
        return await asyncio.shield(asyncio.ensure_future(self._commit(change)))

    async def _commit(self, change: Change) -> Sequence[LogEntry]:
        entries = await self.store.commit(change)
        for entry in entries:
            self.take(entry)
        self.feed.committed(entries)
        if (gathered := _written.get()) is not None:
            gathered += entries
        if entries:
            self.publish(entries)
        return [entry for entry in entries if entry.kind in _REVOCATIONS]

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
            # Of a million entries it takes longer than others should wait.
            await asyncio.to_thread(tenant.denylist.prune, until)

    def apply(self, entry: LogEntry) -> None:
        """Add what an entry says to this node's memory, whoever brought it.

        It only ever adds to a denylist or drops what is cached, and says nothing of positions: an
        entry that was forged, came twice or out of order can hide nothing. What must come from the
        database itself (a tenant's epoch, what this version does not know) is asked for there.
        """
        self.changes += 1
        tenant = self._tenants.get(entry.tenant)
        if entry.kind in _REVOCATIONS:
            if tenant is not None:
                tenant.denylist.add(entry.kind, entry.target, entry.value, entry.expires_at)
                tenant.evict(entry.target)
        elif entry.kind == Notice.RECORD:
            if tenant is not None:
                tenant.evict(entry.target)
        elif entry.kind == Notice.IMPORTED:
            if tenant is not None:
                tenant.expect((entry.reason or None,))
                tenant.ids.imported()
        else:
            self.feed.hint()

    def hear(self, entry: LogEntry) -> None:
        """Apply an entry that another node says it has committed."""
        self.apply(entry)
        self.feed.heard(entry)

    def take(self, entry: LogEntry) -> None:
        """Apply an entry that is known to stand in the database."""
        if entry.kind == Notice.EPOCH:
            self._raise_epoch(entry.tenant, entry.value)
        else:
            self.apply(entry)

    def _raise_epoch(self, name: str, epoch: int) -> None:
        # Never back: in a database that was restored, what a raise has ended must stay dead here.
        tenant = self._tenants.get(name)
        if tenant is not None and epoch > tenant.keys.epoch:
            self.changes += 1
            tenant.use(self.keyring.tenant(name, epoch))

    async def _reload(self) -> None:
        """Drop all that is cached, and read what no entry of the log tells again."""
        imported = KeyFilter(now=self.now(), kind=KeyKind.IMPORTED)
        for tenant in self.tenants():
            tenant.forget()
            self._raise_epoch(tenant.name, await self.store.tenant_epoch(tenant.name))
            if tenant.index is None:
                continue
            if await self.store.list(tenant.name, imported, limit=1):
                tenant.ids.imported()
            tenant.expect(await self.store.hash_kinds(tenant.name))


@contextmanager
def written() -> Iterator[list[LogEntry]]:
    """Gathers what is written to the log within, by whatever this task calls."""
    gathered: list[LogEntry] = []
    token = _written.set(gathered)
    try:
        yield gathered
    finally:
        _written.reset(token)


def _nobody(entries: Sequence[LogEntry]) -> None:
    """Nobody is to be told."""
