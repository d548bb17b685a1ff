"""Issue a key, change it, revoke it, delete it. What else may become of a key is in `lifecycle`.

How each of them is one `Change` is in `changing`.
"""

from collections.abc import Callable, Sequence

import msgspec

from engine import KeyStatus, Kind, RateLimit, Visibility, cidr
from engine.networks import subset
from engine.redacted import Redacted
from engine.scopes import uncovered
from storage.base import AuditEvent, Change, LogEntry, NewRevocation, RevokedKey, StoredKey
from storage.errors import IssuedTooEarly, KeyRevoked

from .changing import TRIES, busy, entry, floors, in_turn, replace, retrying, without_children
from .durations import require_at_most
from .hints import hint_of
from .node import Node, Tenant
from .problems import Problem


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller may choose of a key. `ttl` in seconds; None is the configured default."""

    name: str = ""
    actor: str = ""
    scopes: tuple[str, ...] = ()
    ttl: int | None = None
    metadata: bytes | None = None
    networks: tuple[str, ...] | None = None
    limit: RateLimit | None = None
    visibility: Visibility = Visibility.SECRET
    request_id: str = ""


class Issued(Redacted, frozen=True):
    """A new key, and its text: the secret, shown once."""

    key: StoredKey
    text: str

    def __repr__(self) -> str:
        return f"Issued(key_id={self.key.key_id.hex()})"


class AlreadyRevoked(Problem):
    """The key is revoked; what was asked for is so, but it was not this act that did it."""

    def __init__(self) -> None:
        super().__init__("CONFLICT", "The API key is already revoked.")


async def issue(node: Node, tenant: Tenant, new: NewKey, caller: str) -> Issued:
    """Issue a key. Raises Problem, RequestReplayed, StoreError."""
    ttl = tenant.settings.default_ttl if new.ttl is None else new.ttl
    require_at_most(tenant.settings.max_ttl, ttl)
    at = node.now()
    # A standing revocation may put the issue forward, by however much a clock was once ahead; the
    # key lives no longer for it.
    ends = at + ttl
    for _ in range(TRIES):
        issued = mint(node, tenant, new, at, ends)
        try:
            await node.commit(
                inserting(node, tenant, issued.key, "key.issue", caller, new.request_id)
            )
            return issued
        except IssuedTooEarly as refused:
            at = refused.floor
    raise busy()


def mint(node: Node, tenant: Tenant, new: NewKey, at: int, expires_at: int) -> Issued:
    """A key of these terms that is written nowhere yet, stamped `at` (Unix seconds)."""
    public = new.visibility == Visibility.PUBLIC
    prefix = tenant.prefixes.public if public else tenant.prefixes.key
    minted = tenant.keys.mint_key(now=at, prefix=prefix)
    ms = node.now_ms()
    key = StoredKey(
        tenant=tenant.name,
        key_id=minted.key_id,
        master_id=minted.master_id,
        issued_at=at,
        name=new.name,
        actor=new.actor,
        scopes=new.scopes,
        metadata=new.metadata,
        networks=new.networks,
        limit=new.limit,
        visibility=new.visibility,
        expires_at=expires_at,
        created_ms=ms,
        updated_ms=ms,
        hint=hint_of(minted.text),
    )
    return Issued(key, minted.text)


def inserting(
    node: Node, tenant: Tenant, key: StoredKey, action: str, caller: str, request_id: str
) -> Change:
    """The change that adds a new key, unless a revocation covers the second it was issued in."""
    return Change(
        tenant=tenant.name,
        at_ms=node.now_ms(),
        audit=AuditEvent(action=action, caller=caller, target=key.key_id.hex()),
        insert=(key,),
        floors=floors(tenant, key),
        request_id=request_id,
    )


async def update(
    node: Node,
    tenant: Tenant,
    key_id: bytes,
    edit: Callable[[StoredKey], StoredKey],
    caller: str,
) -> StoredKey:
    """Replace what `edit` changes. Where it narrows the key, all its grants die with the write."""

    async def act(old: StoredKey) -> StoredKey:
        new, revoke = edit(old), tuple[NewRevocation, ...]()
        if narrows(old, new):
            new, revoke = without_children(tenant, new, "narrowed")
        return await replace(node, tenant, "key.update", old, new, caller=caller, revoke=revoke)

    return await in_turn(node, tenant, key_id, act)


def narrows(old: StoredKey, new: StoredKey) -> bool:
    """Whether the old terms allow anything that the new ones do not."""
    if uncovered(new.scopes, old.scopes) is not None:
        return True
    if new.networks is None:
        return False
    if old.networks is None:
        return True
    outer = [cidr(text) for text in new.networks]
    return any(not any(subset(cidr(text), one) for one in outer) for text in old.networks)


async def revoke(
    node: Node, tenant: Tenant, key_id: bytes, reason: int, description: str, caller: str
) -> Sequence[LogEntry]:
    """Revoke a key and everything below it. Raises Problem 404, or AlreadyRevoked (409).

    It rests on no revision of the row, so that no other change can keep it from being made.
    """

    async def act(old: StoredKey) -> Sequence[LogEntry]:
        if old.status == KeyStatus.REVOKED:
            raise AlreadyRevoked
        change = Change(
            tenant=tenant.name,
            at_ms=node.now_ms(),
            audit=AuditEvent(action="key.revoke", caller=caller, target=key_id.hex()),
            revoke_keys=(RevokedKey(key_id=key_id, reason=reason, description=description),),
            revoke=(entry(tenant, old, Kind.KEY, 0, str(reason)),),
        )
        try:
            return await node.commit(change)
        except KeyRevoked:
            raise AlreadyRevoked from None

    # Stale here is a key that is gone: it is looked for again, and not found.
    return await retrying(node, tenant, key_id, act)


async def delete(node: Node, tenant: Tenant, key_id: bytes, caller: str) -> None:
    """Take a key's row out, and revoke it: what was derived from it needs no row to be good.

    Raises Problem 404.
    """

    async def act(old: StoredKey) -> None:
        change = Change(
            tenant=tenant.name,
            at_ms=node.now_ms(),
            audit=AuditEvent(action="key.delete", caller=caller, target=key_id.hex()),
            delete=(old,),
            revoke=(entry(tenant, old, Kind.KEY, 0, "deleted"),),
        )
        await node.commit(change)

    await retrying(node, tenant, key_id, act)
