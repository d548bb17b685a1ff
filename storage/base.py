"""The contract every store keeps. The docstrings are normative; the contract suite tests them.

A store is mechanical: it decides nothing about validity. Every write is one `Change`, applied
whole or not at all, and durable before `commit` returns. Per shard the committed sequence of the
revocation log has no gaps, because its counter row is bumped last in the same transaction.
Times called `_at` are Unix seconds, `_ms` Unix milliseconds. Ids are 16 bytes.
"""

import enum
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, Protocol

import msgspec

from engine.types import Debit, Kind, RateLimit, Revocation, Visibility
from engine.types import KeyStatus as KeyStatus

from .cluster import Cluster

SHARDS = 8


class KeyKind(enum.IntEnum):
    ISSUED = 1
    IMPORTED = 2


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the key table. `revision` grows by one with every replacement, from 0."""

    tenant: str
    key_id: bytes
    kind: KeyKind = KeyKind.ISSUED
    master_id: int  # engine.types.ELSEWHERE: the key was minted by another system
    issued_at: int
    generation: int = 0
    revision: int = 0
    name: str = ""
    actor: str = ""
    scopes: tuple[str, ...] = ()
    metadata: bytes | None = None  # a JSON object, as bytes
    networks: tuple[str, ...] | None = None  # CIDR text; None is unrestricted
    limit: RateLimit | None = None
    visibility: Visibility = Visibility.SECRET
    status: KeyStatus = KeyStatus.ACTIVE
    expires_at: int
    created_ms: int
    updated_ms: int
    revocation_reason: int = 0
    revocation_description: str = ""
    predecessor: bytes | None = None
    successor: bytes | None = None
    # Imported keys: 32-byte keyed hash, unique; of the raw key, or of the hash that is all another
    # system kept of it. Its key belongs to the master of `master_id`.
    digest: bytes | None = None
    hint: str = ""  # the end of the key's text, "" where none is kept
    # Imported as a hash: under what it was imported, for good, so that it is not imported twice.
    hash_digest: bytes | None = None
    # Until its first use: how its digest is made from a raw key, and a salted hash, sealed.
    hash_kind: str | None = None
    hash_sealed: bytes | None = None

    @property
    def position(self) -> "KeyPosition":
        """Where it stands in its tenant's listing by time."""
        return KeyPosition(self.created_ms, self.key_id)


class KeyPosition(NamedTuple):
    """Where a key stands in a listing by time. Many keys may share a millisecond, none a position.

    It never changes: nothing that is written replaces a key's id or when it was created.
    """

    created_ms: int
    key_id: bytes


class LogEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the revocation log; (shard, seq) is its position.

    `kind` is a Kind, a `notices.Notice`, or the plain number of what a newer version wrote.
    """

    shard: int
    seq: int
    tenant: str
    kind: int
    target: bytes
    value: int
    expires_at: int
    reason: str
    at: int


class NewRevocation(msgspec.Struct, frozen=True, kw_only=True):
    """A revocation to append; written only if no standing entry is at least as strong.

    An entry for the same tenant, kind and target is at least as strong when its value is >= this
    one's (SUNSET: <= this one's; KEY, GRANT, BLOCK: any). Where a standing entry is as strong but
    expires earlier, the new one is written all the same.
    """

    revocation: Revocation
    expires_at: int
    reason: str = ""


class RevokedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key whose row becomes REVOKED in whatever revision it stands when the store writes.

    It rests on nothing that was read, so it never loses a race. Reason, description and `at_ms` of
    the change go into the row, whose revision grows by one; the rest of the row stays.
    """

    key_id: bytes
    reason: int
    description: str = ""


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Who did what to which key. `detail` is a JSON object without secrets, as bytes."""

    action: str
    caller: str
    target: str = ""
    detail: bytes = b"{}"


class AuditPosition(NamedTuple):
    """Where a row stands in a listing. Many rows may share a millisecond, none a position."""

    at_ms: int
    shard: int
    seq: int


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """An audit event as stored; `hash` covers all else under the key of `master_id`, 0 for none.

    How is in `storage.chain`.
    """

    shard: int
    seq: int
    tenant: str
    at_ms: int
    action: str
    caller: str
    target: str
    detail: bytes
    master_id: int
    previous: bytes
    hash: bytes

    @property
    def position(self) -> AuditPosition:
        """Where it stands in its tenant's listing."""
        return AuditPosition(self.at_ms, self.shard, self.seq)


class AuditHead(msgspec.Struct, frozen=True, kw_only=True):
    """The last row of an audit shard. Kept elsewhere, it proves later that all up to it is there.

    seq 0, with 32 zero bytes, where the shard has no rows.
    """

    shard: int
    seq: int
    hash: bytes


class AuditBreak(msgspec.Struct, frozen=True, kw_only=True):
    """The first row of an audit shard that does not fit, or the one behind its last; and why."""

    shard: int
    seq: int
    why: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Everything one act of one tenant writes, in one transaction, in the order of the fields.

    insert: new keys. replace: pairs (as read, as it shall be); the store checks the old revision
    and writes the new row with revision + 1. revoke_keys: rows that become REVOKED, whatever their
    revision; Stale where there is no such row, KeyRevoked where it is REVOKED already. delete: keys
    as read, taken out with their last use; the store checks the revision.
    revoke: appended to the log. floors: targets of kind
    ACTOR or TENANT that must have no standing entry with value >= any inserted key's issued_at.
    absent: digests that no key of the tenant may have, neither as `digest` nor as `hash_digest`;
    KeyExists names the key that has the first which is taken.
    request_id: remembered for the first
    inserted key, per tenant, until that key expires. raise_epoch: the tenant's epoch as read; it
    becomes one more, and what was minted before ends. audit: exactly one event. Keys of another
    tenant, a pair of different keys, an id that is not 16 bytes, a number outside 0 to 2^63 - 1,
    and a text with a NUL character are a ValueError, and nothing is written.
    """

    tenant: str
    at_ms: int
    audit: AuditEvent
    insert: tuple[StoredKey, ...] = ()
    replace: tuple[tuple[StoredKey, StoredKey], ...] = ()
    revoke_keys: tuple[RevokedKey, ...] = ()
    delete: tuple[StoredKey, ...] = ()
    revoke: tuple[NewRevocation, ...] = ()
    floors: tuple[Revocation, ...] = ()
    absent: tuple[bytes, ...] = ()
    request_id: str = ""
    raise_epoch: int | None = None


class KeyFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which keys a listing shows; `now` (Unix seconds) tells ACTIVE from expired.

    status: "active" (stored ACTIVE, expires_at > now), "expired" (stored ACTIVE or SUSPENDED,
    expires_at <= now), "revoked" (stored REVOKED), "suspended" (stored, not expired) or None.
    """

    now: int
    kind: KeyKind = KeyKind.ISSUED
    actor: str | None = None
    status: str | None = None


KeyText = Literal["actor", "hint"]


class KeyStore(Protocol):
    async def get(self, tenant: str, key_id: bytes) -> StoredKey | None:
        """The key as last committed, or None. Never an answer older than a finished commit."""
        ...

    async def get_by_digest(self, tenant: str, *digests: bytes) -> StoredKey | None:
        """The imported key with one of these digests, or None; one read, however many they are.

        Where several of them are there, it is the key of the one that was named first.
        """
        ...

    async def hash_kinds(self, tenant: str) -> Sequence[str]:
        """Every `hash_kind` that the tenant's keys have, once each, in order."""
        ...

    async def has_elsewhere(self, tenant: str) -> bool:
        """Whether the tenant has a key that was minted by another system; however many it has."""
        ...

    async def list(
        self, tenant: str, which: KeyFilter, *, limit: int, before: bytes | None = None
    ) -> Sequence[StoredKey]:
        """Up to `limit` keys by key_id descending, those with key_id < before."""
        ...

    async def newest(
        self,
        tenant: str,
        *,
        limit: int,
        since_ms: int = 0,
        before: KeyPosition | None = None,
        exactly: tuple[KeyText, str] | None = None,
    ) -> Sequence[StoredKey]:
        """Up to `limit` keys of both kinds by position descending, the newest first.

        Those with created_ms >= since_ms and a position < before; with `exactly`, those whose actor
        or hint is this text, which is not empty for a hint. It costs what it answers, however many
        keys there are: an index serves each of the three.
        """
        ...

    async def last_used(self, tenant: str, key_ids: Sequence[bytes]) -> Mapping[bytes, int]:
        """key_id -> last use in Unix milliseconds, for those that have one."""
        ...

    async def touch(self, uses: Mapping[tuple[str, bytes], int]) -> None:
        """Record last uses, (tenant, key_id) -> Unix milliseconds; a value never goes back."""
        ...


class RevocationLog(Protocol):
    async def positions(self) -> Sequence[int]:
        """The highest committed seq of every shard, 0 where there is none; SHARDS numbers."""
        ...

    async def read(self, shard: int, after: int, limit: int) -> Sequence[LogEntry]:
        """Entries of one shard with seq > after, in order, no gaps among unpruned entries."""
        ...

    async def standing(self, tenant: str, kind: Kind, target: bytes) -> LogEntry | None:
        """The strongest unpruned entry, or None."""
        ...

    async def prune(self, now: int) -> int:
        """Delete entries, budget counters and request ids that expired before now; how many."""
        ...


class SpentWindow(msgspec.Struct, frozen=True):
    """What a budget's running window has spent, and when it ends; None where none runs."""

    spent: int = 0
    ends_at: int | None = None


class Counters(Protocol):
    async def debit(self, tenant: str, debits: Sequence[Debit], now: int) -> int | None:
        """Spend all of the debits or none; None, or the index of the first that did not fit.

        A debit fits when what its window has spent so far plus cost is <= limit; a window begins
        with its first debit and ends window_s seconds later. Durable before it returns.
        """
        ...

    async def window(self, tenant: str, counter: bytes, now: int) -> SpentWindow:
        """What the counter's current window has spent, as last committed. Spends nothing.

        Where no window runs (none was begun, or the last one has ended) nothing is spent.
        """
        ...


class AuditLog(Protocol):
    def key_audit(self, current: int, keys: Mapping[int, bytes]) -> None:
        """Chain the audit under keys from now on: 32 bytes by master id, derived from its secret.

        Until told so a store chains without a key, but refuses with StoreError to go on so behind
        a keyed row. Behind an end whose seal does not hold it goes on, so that a revocation is
        never held up, and the chain shows the break for ever. Raises ValueError.
        """
        ...

    async def audit_heads(self) -> Sequence[AuditHead]:
        """The last row of every shard; SHARDS heads."""
        ...

    async def audit(
        self,
        tenant: str,
        *,
        limit: int,
        before: AuditPosition | None = None,
        target: str | None = None,
    ) -> Sequence[AuditRow]:
        """The tenant's newest rows first, those before the position of the last one seen.

        With `target`, only the rows about it; it costs what it answers, as the whole listing does.
        """
        ...

    async def last_commit_ms(self) -> int:
        """The latest Unix millisecond that the newest row of a shard has; 0 where there is none."""
        ...

    async def verify_audit(
        self, heads: Sequence[AuditHead] = (), *, unkeyed: bool = False
    ) -> AuditBreak | None:
        """Walk every chain, and past every exported head; the first row that does not fit, or None.

        Rows of before the audit was keyed fit where a head covers them, or with `unkeyed`. A store
        that was told no keys can judge no more than links and such rows.
        """
        ...


class Masters(Protocol):
    async def checks(self) -> Mapping[int, bytes]:
        """Master id -> its 16-byte check value. The database holds no secret."""
        ...

    async def add_check(self, master_id: int, check: bytes) -> None:
        """Remember a check value. Raises Conflict when the id stands with another value."""
        ...

    async def tenant_epoch(self, tenant: str) -> int:
        """The tenant's epoch, 0 for one never raised."""
        ...


class Store(KeyStore, RevocationLog, Counters, AuditLog, Masters, Cluster, Protocol):
    async def commit(self, change: Change) -> Sequence[LogEntry]:
        """Apply the change whole; the log entries it wrote, in order. Durable when it returns.

        Behind its revocations the log gets the notices that the change implies, see `notices`.

        Raises Stale, KeyExists, KeyRevoked, RequestReplayed, IssuedTooEarly (nothing was written)
        or StoreUnavailable (nothing was written, or, after a lost connection, unknown).
        """
        ...

    async def close(self) -> None:
        """Finish what was begun, and release files and connections. Idempotent."""
        ...
