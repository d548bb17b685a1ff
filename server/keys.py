"""What may be done to a key, and what each act writes. All policy about keys is here.

Each act is one `Change`: the row, the revocation it implies, and the audit event stand or fall
together. Changes of one key wait for their turn, so that none loses to another of this node; one
that lost a race all the same is done again on the fresh row, a bounded number of times.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

import msgspec

from engine import (
    KeyStatus,
    Kind,
    RateLimit,
    Revocation,
    Visibility,
    actor_target,
    cidr,
    tenant_target,
)
from engine.limits import INTEGER
from engine.networks import subset
from engine.redacted import Redacted
from engine.scopes import uncovered
from storage.base import AuditEvent, Change, LogEntry, NewRevocation, RevokedKey, StoredKey
from storage.errors import IssuedTooEarly, KeyRevoked, Stale

from .hints import hint_of
from .node import Node, Tenant
from .problems import Problem

SUPERSEDED = 3
DAY = 86_400
_TRIES = 8

Done = TypeVar("Done")


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
    ttl = node.settings.default_ttl if new.ttl is None else new.ttl
    if ttl > node.settings.max_ttl:
        raise Problem(
            "BAD_REQUEST",
            f"ttl must be at most the configured max_ttl of {node.settings.max_ttl}s",
            {"field": "ttl"},
        )
    at = node.now()
    # A standing revocation may put the issue forward, by however much a clock was once ahead; the
    # key lives no longer for it.
    ends = at + ttl
    for _ in range(_TRIES):
        issued = _mint(node, tenant, new, at, ends)
        try:
            await node.commit(
                inserting(node, tenant, issued.key, "key.issue", caller, new.request_id)
            )
            return issued
        except IssuedTooEarly as refused:
            at = refused.floor
    raise _busy()


def _mint(node: Node, tenant: Tenant, new: NewKey, at: int, expires_at: int) -> Issued:
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
        floors=_floors(tenant, key),
        request_id=request_id,
    )


def _floors(tenant: Tenant, key: StoredKey) -> tuple[Revocation, ...]:
    floors = [Revocation(Kind.TENANT, tenant_target(tenant.name))]
    if key.actor:
        floors.append(Revocation(Kind.ACTOR, actor_target(tenant.name, key.actor)))
    return tuple(floors)


async def update(
    node: Node,
    tenant: Tenant,
    key_id: bytes,
    edit: Callable[[StoredKey], StoredKey],
    caller: str,
) -> StoredKey:
    """Replace what `edit` changes. Where it narrows the key, all its grants die with the write."""

    async def act(old: StoredKey) -> StoredKey:
        new = msgspec.structs.replace(edit(old), updated_ms=node.now_ms())
        revoke: tuple[NewRevocation, ...] = ()
        if narrows(old, new):
            new = msgspec.structs.replace(new, generation=old.generation + 1)
            revoke = (_entry(node, new, Kind.CHILDREN, new.generation, "narrowed"),)
        await node.commit(
            _changing(node, tenant, "key.update", old, new, caller=caller, revoke=revoke)
        )
        return msgspec.structs.replace(new, revision=old.revision + 1)

    async with node.turns.of(tenant.name, key_id):
        return await _retrying(node, tenant, key_id, act)


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
            revoke=(_entry(node, old, Kind.KEY, 0, str(reason)),),
        )
        try:
            return await node.commit(change)
        except KeyRevoked:
            raise AlreadyRevoked from None

    # Stale here is a key that is gone: it is looked for again, and not found.
    return await _retrying(node, tenant, key_id, act)


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
            revoke=(_entry(node, old, Kind.KEY, 0, "deleted"),),
        )
        await node.commit(change)

    await _retrying(node, tenant, key_id, act)


async def rotate(
    node: Node,
    tenant: Tenant,
    key_id: bytes,
    edit: Callable[[StoredKey], StoredKey],
    grace: int,
    caller: str,
) -> tuple[Issued, StoredKey]:
    """Issue a successor; the old key ends at once, or after `grace` seconds with its grants.

    `edit` overrides what the successor does not inherit; actor and expiry always are. Raises
    Problem 404, or 409 for a key that is not active.
    """

    async def act(old: StoredKey) -> tuple[Issued, StoredKey]:
        now = node.now()
        # A successor of a key that its actor's or tenant's revocation killed would outlive it.
        dead = is_revoked(tenant, old)
        if not dead and old.successor is not None:
            raise Problem(
                "FAILED_PRECONDITION",
                f"This key was rotated already; rotate its successor, {UUID(bytes=old.successor)}.",
            )
        if dead or old.expires_at <= now:
            raise Problem(
                "FAILED_PRECONDITION", "Only an active key can be rotated; issue a new one."
            )
        heir = edit(old)
        terms = NewKey(
            name=heir.name,
            actor=old.actor,
            scopes=heir.scopes,
            metadata=heir.metadata,
            networks=heir.networks,
            limit=heir.limit,
            visibility=heir.visibility,
        )
        # A key issued just after its actor was revoked is stamped a second ahead: so is its heir.
        issued = _mint(node, tenant, terms, max(now, old.issued_at), old.expires_at)
        successor = msgspec.structs.replace(issued.key, predecessor=old.key_id)
        new, entry = _superseded(node, old, successor.key_id, now + grace if grace else 0)
        change = _changing(node, tenant, "key.rotate", old, new, caller=caller, revoke=(entry,))
        floors = _floors(tenant, successor)
        await node.commit(msgspec.structs.replace(change, insert=(successor,), floors=floors))
        replaced = msgspec.structs.replace(new, revision=old.revision + 1)
        return Issued(successor, issued.text), replaced

    async with node.turns.of(tenant.name, key_id):
        return await _retrying(node, tenant, key_id, act)


def is_revoked(tenant: Tenant, key: StoredKey) -> bool:
    """Whether the key is not ACTIVE, or a revocation of its actor or tenant covers it."""
    return key.status != KeyStatus.ACTIVE or any(
        key.issued_at <= tenant.denylist.value(floor.kind, floor.target)
        for floor in _floors(tenant, key)
    )


def _superseded(
    node: Node, old: StoredKey, successor: bytes, end: int
) -> tuple[StoredKey, NewRevocation]:
    new = msgspec.structs.replace(old, successor=successor, updated_ms=node.now_ms())
    if not end:
        new = msgspec.structs.replace(
            new,
            status=KeyStatus.REVOKED,
            revocation_reason=SUPERSEDED,
            revocation_description="replaced by rotation",
        )
        return new, _entry(node, old, Kind.KEY, 0, "rotated")
    end = min(end, old.expires_at)
    new = msgspec.structs.replace(new, expires_at=end)
    return new, _entry(node, old, Kind.SUNSET, end, "rotated")


def horizon(node: Node, issued_at: int, expires_at: int) -> int:
    """When an entry under a key may be forgotten: after all that it kills, and a day.

    The times of a grant are its minter's; no store takes one beyond the greatest integer.
    """
    return min(max(issued_at + node.settings.max_ttl, expires_at) + DAY, INTEGER)


def _entry(node: Node, key: StoredKey, kind: Kind, value: int, reason: str) -> NewRevocation:
    return NewRevocation(
        revocation=Revocation(kind, key.key_id, value),
        expires_at=horizon(node, key.issued_at, key.expires_at),
        reason=reason,
    )


def _changing(
    node: Node,
    tenant: Tenant,
    action: str,
    old: StoredKey,
    new: StoredKey,
    *,
    caller: str,
    revoke: tuple[NewRevocation, ...],
) -> Change:
    return Change(
        tenant=tenant.name,
        at_ms=node.now_ms(),
        audit=AuditEvent(action=action, caller=caller, target=old.key_id.hex()),
        replace=((old, new),),
        revoke=revoke,
    )


async def _retrying(
    node: Node, tenant: Tenant, key_id: bytes, act: Callable[[StoredKey], Awaitable[Done]]
) -> Done:
    for _ in range(_TRIES):
        old = await node.store.get(tenant.name, key_id)
        if old is None:
            raise Problem("API_KEY_NOT_FOUND", "API key not found")
        try:
            return await act(old)
        except Stale:
            continue
    raise _busy()


def _busy() -> Problem:
    # Not a 409, which says that what was asked for can't be done or is so already.
    message = "Other changes kept coming first, and nothing was changed. Try again shortly."
    return Problem("SERVICE_UNAVAILABLE", message, headers=((b"retry-after", b"1"),))
