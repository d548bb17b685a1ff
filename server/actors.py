"""Revoking an actor: all that was issued to it up to now dies with one entry of the log.

The entry kills at once, on every node; the rows of the actor's keys are marked afterwards, batch by
batch, so that listings by status find them. Marking that was interrupted is finished by the next
call. No row is needed: an agent may be named in `Delegate` caveats alone.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence

import msgspec

from engine import KeyStatus, Kind, Revocation, actor_target
from engine.limits import INTEGER
from storage.base import (
    AuditEvent,
    Change,
    KeyFilter,
    KeyKind,
    LogEntry,
    NewRevocation,
    RevokedKey,
    StoredKey,
)
from storage.errors import KeyRevoked, Stale

from .changing import DAY, TRIES, busy
from .durations import MAXIMUM
from .node import Node, Tenant

# Rows that one transaction marks, and that are in memory at a time.
BATCH = 250


class Why(msgspec.Struct, frozen=True):
    """The wire's number of a reason, a description for the rows, and who revokes."""

    reason: int
    description: str
    caller: str


class Revoked(msgspec.Struct, frozen=True):
    """What is dead: keys issued up to `issued_until` (Unix seconds), and how many were marked now.

    `entries` are those that the log got, none where what stands is as strong.
    """

    issued_until: int
    entries: Sequence[LogEntry]
    marked: int


async def revoke_actor(node: Node, tenant: Tenant, actor: str, why: Why) -> Revoked:
    """Kill every key of an actor, all below them, and what was delegated to that name.

    Raises StoreError, or Problem 503: the actor is revoked then, though not every row is marked.
    """
    until, marked = node.now(), 0
    entries = list(await _kill(node, tenant, actor, until, why))
    async for keys in _batches(node, tenant, actor):
        # A key may be stamped later than now: issued just after an earlier revocation, or on a
        # clock that went back since.
        latest = max(key.issued_at for key in keys)
        if latest > until:
            until = latest
            entries += await _kill(node, tenant, actor, until, why)
        marked += await _mark(node, tenant, actor, keys, why)
    standing = await node.store.standing(tenant.name, Kind.ACTOR, actor_target(tenant.name, actor))
    return Revoked(until if standing is None else standing.value, entries, marked)


async def _kill(node: Node, tenant: Tenant, actor: str, until: int, why: Why) -> Sequence[LogEntry]:
    target = actor_target(tenant.name, actor)
    entry = NewRevocation(
        revocation=Revocation(Kind.ACTOR, target, until),
        # No key lives longer, whatever max_ttl was when it was issued, or will be.
        expires_at=min(until + MAXIMUM + DAY, INTEGER),
        reason=str(why.reason),
    )
    event = AuditEvent(
        action="actor.revoke",
        caller=why.caller,
        target=target.hex(),
        detail=msgspec.json.encode(
            {"actor_id": actor, "issued_until": until, "description": why.description}
        ),
    )
    return await node.commit(
        Change(tenant=tenant.name, at_ms=node.now_ms(), audit=event, revoke=(entry,))
    )


async def _batches(node: Node, tenant: Tenant, actor: str) -> AsyncIterator[list[StoredKey]]:
    """The actor's keys that are not marked, of both kinds, some at a time."""
    for kind in KeyKind:
        which = KeyFilter(now=node.now(), kind=kind, actor=actor)
        before: bytes | None = None
        while page := await node.store.list(tenant.name, which, limit=BATCH, before=before):
            before = page[-1].key_id
            if keys := [key for key in page if key.status != KeyStatus.REVOKED]:
                yield keys
            # Reading alone lets nobody else come in between.
            await asyncio.sleep(0)


async def _mark(node: Node, tenant: Tenant, actor: str, keys: Sequence[StoredKey], why: Why) -> int:
    """Mark rows REVOKED in one transaction; how many were not yet."""
    target = actor_target(tenant.name, actor).hex()
    for _ in range(TRIES):
        if not keys:
            return 0
        ids = [key.key_id for key in keys]
        detail = {"actor_id": actor, "key_ids": [key_id.hex() for key_id in ids]}
        event = AuditEvent(
            action="actor.mark_keys",
            caller=why.caller,
            target=target,
            detail=msgspec.json.encode(detail),
        )
        rows = tuple(
            RevokedKey(key_id=key_id, reason=why.reason, description=why.description)
            for key_id in ids
        )
        change = Change(tenant=tenant.name, at_ms=node.now_ms(), audit=event, revoke_keys=rows)
        try:
            await node.commit(change)
            return len(keys)
        except (KeyRevoked, Stale):
            # One of them was revoked or deleted meanwhile; the others are still to be marked.
            fresh = [await node.store.get(tenant.name, key_id) for key_id in ids]
            keys = [key for key in fresh if key is not None and key.status != KeyStatus.REVOKED]
    raise busy()
