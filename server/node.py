"""One running server: its store, its tenants, what it knows to be revoked, and its clock.

Every write goes through `commit`, which applies what was written to this node's memory before the
caller answers: the very next verify here sees it.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from engine import Debit, Denylist, Keyring, Prefixes, TenantKeys, Verifier
from engine.formats.hashed.sealing import HashSeals
from engine.formats.imported import ImportedVerifier, ImportIndex
from engine.formats.jwt import JwtVerifier, Signer, looks_like_jwt
from engine.formats.talos import Installation, TalosVerifier
from storage.base import SHARDS, Change, KeyFilter, KeyKind, LogEntry, Store

from .auditkeys import audit_keys
from .digests import DigestIds
from .forgetting import Forgetting
from .gcra import Gcra, Rate
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

_PAGE = 10_000
# Credentials that one client may send to be revoked; in milliseconds. See `throttle`.
POSSESSION = Rate(quota=600, window=60_000)

Clock = Callable[[], float]


class Spending:
    """A verifier's `spend` that gathers debits, to be made durably before the verdict is told.

    One suffices for a tenant: from the verifier's call to `take` nothing else can run.
    """

    def __init__(self) -> None:
        self.debits: Sequence[Debit] = ()

    def __call__(self, debits: Sequence[Debit], now: int) -> None:
        self.debits = debits

    def take(self) -> Sequence[Debit]:
        """What the last verify asked to spend."""
        debits, self.debits = self.debits, ()
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
        self.keys = keys
        self.prefixes: Prefixes = settings.prefixes
        self.records = Records(lambda key_id: store.get(keys.name, key_id))
        self.ids = DigestIds()
        self.index = index
        self.seals = seals
        self.arriving = Counter[str]()  # kinds of hashes that are being imported
        # Who can write a tenant's headers chooses the ids in them: none of them may name, and so
        # kill, what another tenant owns.
        denylist = self.denylist = Denylist()
        self.spending = Spending()
        self.derived: tuple[str, ...] = (f"{self.prefixes.macaroon}_", f"{self.prefixes.sealed}_")
        native = Verifier(
            keys,
            denylist=denylist,
            records=self.records.table,
            spend=self.spending,
            leeway=settings.clock_skew,
            prefixes=self.prefixes,
        )
        self.native = native
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
            self.verifier = self.routing = Routing(native, self.prefixes, imported, old, now)
        self.jwt_verifier = JwtVerifier(
            (key.public for key in signing_keys),
            tenant=keys.name,
            epoch=keys.epoch,
            issuers=(settings.issuer, *settings.retired_issuers),
            denylist=denylist,
            leeway=settings.clock_skew,
        )
        self.signer: Signer | None = None
        if (current := signing(signing_keys)) is not None:
            self.signer = Signer(
                current.private, issuer=settings.issuer, tenant=keys.name, epoch=keys.epoch
            )

    def evict(self, key_id: bytes) -> None:
        """Forget what is cached of a key; what is being loaded of it will not be kept."""
        self.records.evict(key_id)
        self.ids.evict(key_id)

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
        self.positions = [0] * SHARDS
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
        tenants = [
            keyring.tenant(name, await store.tenant_epoch(name))
            for name in (settings.tenant, SYSTEM_TENANT)
        ]
        store.key_audit(keyring.current.id, audit_keys(keyring))
        node = cls(settings, store, keyring, tenants, clock, signing_keys, talos, peppers)
        if newest := await store.last_commit_ms():
            node.forgetting = Forgetting(newest // 1000)
        for shard in range(SHARDS):
            await node._catch_up(shard)
        imported = KeyFilter(now=node.now(), kind=KeyKind.IMPORTED)
        if await store.list(settings.tenant, imported, limit=1):
            node.tenant.ids.imported()
        node.tenant.expect(await store.hash_kinds(settings.tenant))
        node.ready = True
        return node

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
        for tenant in self._tenants.values():
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
