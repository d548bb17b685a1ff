"""One tenant of a node: its keys, what is cached of them, its denylist and who judges for it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from engine import Debit, Denylist, Prefixes, TenantKeys, Verifier
from engine.formats.hashed.sealing import HashSeals
from engine.formats.imported import ImportedVerifier, ImportIndex
from engine.formats.jwt import JwtVerifier, Signer, looks_like_jwt
from engine.formats.talos import Installation, TalosVerifier
from storage.base import Store

from .digests import DigestIds
from .gcra import Gcra, Rate
from .records import Records
from .routing import Routing, Verifying
from .signingkeys import SigningKey, signing
from .tenantsettings import TenantSettings

# Credentials that one client may send to be revoked; in milliseconds. See `throttle`.
POSSESSION = Rate(quota=600, window=60_000)
KEPT = 1_000_000


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
    than of keys. `kept` is how many keys stay in memory.
    """

    def __init__(
        self,
        keys: TenantKeys,
        store: Store,
        settings: TenantSettings,
        now: Callable[[], int],
        signing_keys: Sequence[SigningKey] = (),
        talos: Installation | None = None,
        index: ImportIndex | None = None,
        seals: HashSeals | None = None,
        kept: int = KEPT,
    ) -> None:
        self.name = keys.name
        self.settings = settings
        self._now = now
        self._signing_keys = signing_keys
        self._talos = talos
        self.prefixes: Prefixes = settings.prefixes
        self.records = Records(lambda key_id: store.get(keys.name, key_id), capacity=kept)
        self.ids = DigestIds(capacity=kept, strangers=max(1, kept // 10))
        self.index = index
        self.seals = seals
        self.arriving = Counter[str]()  # kinds of hashes that are being imported
        # Who can write a tenant's headers chooses the ids in them: none of them may name, and so
        # kill, what another tenant owns.
        self.denylist = Denylist()
        self.spending = Spending()
        self.possession = Gcra(POSSESSION)
        self.use(keys)

    def use(self, keys: TenantKeys) -> None:
        """Mint and verify under these keys from now on, those of a tenant's new epoch."""
        self.keys = keys
        settings, denylist, index, talos = self.settings, self.denylist, self.index, self._talos
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
