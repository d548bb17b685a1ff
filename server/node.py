"""One running server: its store, its tenants, what it knows to be revoked, and its clock.

Every write goes through `commit`, which applies what was written to this node's memory before the
caller answers: the very next verify here sees it.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from engine import Debit, Denylist, Keyring, Kind, Prefixes, TenantKeys, Verifier
from engine.formats.hashed.sealing import HashSeals
from engine.formats.imported import ImportedVerifier, ImportIndex
from engine.formats.jwt import JwtVerifier, Signer, looks_like_jwt
from engine.formats.talos import Installation, TalosVerifier
from storage.base import Change, KeyFilter, KeyKind, LogEntry, Store
from storage.notices import Notice

from .auditkeys import audit_keys
from .digests import DigestIds
from .feed import Feed
from .forgetting import Forgetting
from .freshness import CLOSED, OPEN, Freshness
from .gcra import Gcra, Rate
from .membership import Membership
from .paging import Pager
from .parsers import SYSTEM_TENANT
from .records import Records
from .routing import Routing, Verifying
from .secretwatch import SecretWatch
from .settings import Settings
from .signingkeys import SigningKey, signing
from .trials import Trials
from .trust import TrustedProxies
from .turns import Turns

_REVOCATIONS = frozenset(Kind)
# Credentials that one client may send to be revoked; in milliseconds. See `throttle`.
POSSESSION = Rate(quota=600, window=60_000)

Clock = Callable[[], float]

_written: ContextVar[list[LogEntry] | None] = ContextVar("written", default=None)


class Spending:
    """A verifier's `spend` that gathers debits, to be made durably before the verdict is told.

    One suffices for a tenant: from the verifier's call to `take` nothing else can run.
    """

    def __init__(self) -> None:
        self._debits: Sequence[Debit] = ()

    def __call__(self, debits: Sequence[Debit], now: int) -> None:
        self._debits = debits

    def take(self) -> Sequence[Debit]:
        """What the last verify asked to spend."""
        debits, self._debits = self._debits, ()
        return debits


class Tenant:
    """One tenant's keys, cached records, denylist and verifier.

    `talos` is the installation whose credentials it takes as well; with an `index` it takes
    imported keys (`seals` keep their hashes), and `routing` tells them from all others. `derived`
    is how credentials begin that were derived or narrowed: of those a client is told other things
    than of keys.
    """

    def __init__(
        self,
        keys: TenantKeys,
        store: Store,
        settings: Settings,
        now: Callable[[], int],
        signing_keys: Sequence[SigningKey] = (),
        talos: Installation | None = None,
        index: ImportIndex | None = None,
        seals: HashSeals | None = None,
    ) -> None:
        self.name = keys.name
        self._settings = settings
        self._now = now
        self._signing_keys = signing_keys
        self._talos = talos
        self.prefixes: Prefixes = settings.prefixes
        self.records = Records(lambda key_id: store.get(keys.name, key_id))
        self.ids = DigestIds()
        self.index = index
        self.seals = seals
        self.arriving = Counter[str]()  # kinds of hashes that are being imported
        # Who can write a tenant's headers chooses the ids in them: none of them may name, and so
        # kill, what another tenant owns.
        self.denylist = Denylist()
        self.spending = Spending()
        self.use(keys)

    def use(self, keys: TenantKeys) -> None:
        """Mint and verify under these keys from now on, those of a tenant's new epoch."""
        self.keys = keys
        settings, denylist, index, talos = self._settings, self.denylist, self.index, self._talos
        self.derived: tuple[str, ...] = (f"{self.prefixes.macaroon}_", f"{self.prefixes.sealed}_")
        native = Verifier(
            keys,
            denylist=denylist,
            records=self.records,
            spend=self.spending,
            leeway=settings.clock_skew,
            prefixes=self.prefixes,
        )
        self.verifier: Verifying = native
        old: TalosVerifier | None = None
        if talos is not None:
            old = TalosVerifier(keys.name, talos, denylist=denylist, records=self.records)
            self.derived += talos.prefixes.macaroon_starts() if talos.issuers else ()
        self.routing: Routing | None = None
        if index is not None:
            imported = ImportedVerifier(
                keys.name, index, denylist=denylist, records=self.records, ids=self.ids
            )
            self.verifier = self.routing = Routing(native, self.prefixes, imported, old, self._now)
        self.jwt_verifier = JwtVerifier(
            (key.public for key in self._signing_keys),
            tenant=keys.name,
            epoch=keys.epoch,
            issuers=(settings.issuer, *settings.retired_issuers),
            denylist=denylist,
            leeway=settings.clock_skew,
        )
        self.signer: Signer | None = None
        if (current := signing(self._signing_keys)) is not None:
            self.signer = Signer(
                current.private, issuer=settings.issuer, tenant=keys.name, epoch=keys.epoch
            )

    def evict(self, key_id: bytes) -> None:
        """Forget what is cached of a key; what is being loaded of it will not be kept."""
        self.records.evict(key_id)
        self.ids.evict(key_id)

    def forget(self) -> None:
        """Forget all that is cached; what is being loaded will not be kept."""
        self.records.clear()
        self.ids.clear()

    def expect(self, kinds: Iterable[str | None]) -> None:
        """Look raw keys up by these kinds of hashes too."""
        if self.index is not None:
            self.index.hashes.kinds |= {kind for kind in kinds if kind is not None}

    def verifier_for(self, credential: str) -> Verifying:
        """Who judges a credential: its shape decides, before anything of it is believed."""
        return self.jwt_verifier if looks_like_jwt(credential) else self.verifier


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
        self.freshness = Freshness(settings.stale_policy, settings.max_staleness)
        self.feed = Feed(store, self.freshness, self.take, self._reload, self.now)
        self.membership = Membership(store, self.feed, self.freshness)
        self.feed.after_poll = self.membership.polled
        # Hands on what was written here, once it is committed and applied; must not block.
        self.publish: Callable[[Sequence[LogEntry]], None] = _nobody
        # No credential of another system ever opens an admin route.
        nid = None if talos is None else talos.nid
        index = ImportIndex(settings.tenant, keyring, nid, peppers)
        others = {settings.tenant: (talos, index, HashSeals(settings.tenant, keyring))}
        self._tenants = {
            keys.name: Tenant(
                *(keys, store, settings, self.now, signing_keys),
                *others.get(keys.name, ()),
            )
            for keys in tenants
        }
        self.signing_keys = tuple(signing_keys)
        self.secret_watch: SecretWatch | None = None
        self.turns = Turns()
        self.trials = Trials()
        self.possession = Gcra(POSSESSION)
        self.uses: dict[tuple[str, bytes], int] = {}
        self.forgetting = Forgetting(self.now())

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
        tenants = [
            keyring.tenant(name, await store.tenant_epoch(name))
            for name in (settings.tenant, SYSTEM_TENANT)
        ]
        store.key_audit(keyring.current.id, audit_keys(keyring))
        node = cls(settings, store, keyring, tenants, clock, signing_keys, talos, peppers)
        if newest := await store.last_commit_ms():
            node.forgetting = Forgetting(newest // 1000)
        await node.feed.poll()
        return node

    @property
    def ready(self) -> bool:
        """Whether the whole revocation log is applied and, where policy wants it so, just now."""
        return self.feed.synced and (self.freshness.policy != CLOSED or self.freshness.holds())

    @property
    def stale(self) -> bool:
        """Whether what is accepted at this moment is outside the promise, by policy `open`."""
        return self.freshness.policy == OPEN and not self.freshness.holds()

    @property
    def tenant(self) -> Tenant:
        """The tenant that requests act on."""
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
        for tenant in self._tenants.values():
            tenant.denylist.prune(until)

    def apply(self, entry: LogEntry) -> None:
        """Add what an entry says to this node's memory, whoever brought it.

        It only ever adds to a denylist or drops what is cached, and says nothing of positions: an
        entry that was forged, came twice or out of order can hide nothing. What must come from the
        database itself (a tenant's epoch, what this version does not know) is asked for there.
        """
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
            tenant.use(self.keyring.tenant(name, epoch))

    async def _reload(self) -> None:
        """Drop all that is cached, and read what no entry of the log tells again."""
        for tenant in self._tenants.values():
            tenant.forget()
            self._raise_epoch(tenant.name, await self.store.tenant_epoch(tenant.name))
        imported = KeyFilter(now=self.now(), kind=KeyKind.IMPORTED)
        if await self.store.list(self.settings.tenant, imported, limit=1):
            self.tenant.ids.imported()
        self.tenant.expect(await self.store.hash_kinds(self.settings.tenant))


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
