"""How a key is changed: read its row, decide, commit one `Change`; again where that lost a race.

Each act is one `Change`: the row, the revocation it implies, and the audit event stand or fall
together. Changes of one key wait for their turn, so that none loses to another of this node; one
that lost a race all the same is done again on the fresh row, a bounded number of times.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import msgspec

from engine import KeyStatus, Kind, Revocation, actor_target, tenant_target
from engine.limits import INTEGER
from storage.base import AuditEvent, Change, NewRevocation, StoredKey
from storage.errors import Stale

from .durations import MAXIMUM
from .node import Node, Tenant
from .problems import Problem

DAY = 86_400
TRIES = 8

Done = TypeVar("Done")


def floors(tenant: Tenant, key: StoredKey) -> tuple[Revocation, ...]:
    """The revocations of its tenant and its actor that would cover a key."""
    found = [Revocation(Kind.TENANT, tenant_target(tenant.name))]
    if key.actor:
        found.append(Revocation(Kind.ACTOR, actor_target(tenant.name, key.actor)))
    return tuple(found)


def is_revoked(tenant: Tenant, key: StoredKey) -> bool:
    """Whether the key is REVOKED, or a revocation of its actor or tenant covers it."""
    return key.status == KeyStatus.REVOKED or any(
        key.issued_at <= tenant.denylist.value(floor.kind, floor.target)
        for floor in floors(tenant, key)
    )


def is_suspended(tenant: Tenant, key: StoredKey) -> bool:
    """Whether the key verifies nowhere and would again once it is resumed."""
    return key.status == KeyStatus.SUSPENDED and not is_revoked(tenant, key)


def horizon(tenant: Tenant, issued_at: int, expires_at: int) -> int:
    """When an entry under a key may be forgotten: after all that it kills, and a day.

    The times of a grant are its minter's; no store takes one beyond the greatest integer.
    """
    return min(max(issued_at + tenant.settings.max_ttl, expires_at) + DAY, INTEGER)


def latest_end(node: Node, key: StoredKey) -> int:
    """When a key ends at the very latest (Unix seconds).

    One that has expired stays so; any other may be extended, and `max_ttl` be raised before that.
    """
    return key.expires_at if key.expires_at <= node.now() else key.issued_at + MAXIMUM


def entry(tenant: Tenant, key: StoredKey, kind: Kind, value: int, reason: str) -> NewRevocation:
    """An entry of the revocation log under a key."""
    return NewRevocation(
        revocation=Revocation(kind, key.key_id, value),
        expires_at=horizon(tenant, key.issued_at, key.expires_at),
        reason=reason,
    )


def without_children(
    tenant: Tenant, key: StoredKey, reason: str
) -> tuple[StoredKey, tuple[NewRevocation, ...]]:
    """The key one generation on, and the entry by which all grants of earlier ones die."""
    new = msgspec.structs.replace(key, generation=key.generation + 1)
    return new, (entry(tenant, new, Kind.CHILDREN, new.generation, reason),)


async def replace(
    node: Node,
    tenant: Tenant,
    action: str,
    old: StoredKey,
    new: StoredKey,
    *,
    caller: str,
    revoke: tuple[NewRevocation, ...] = (),
    detail: Mapping[str, object] | None = None,
) -> StoredKey:
    """Commit a new version of a key; it as it stands then. Raises Stale, StoreError."""
    new = msgspec.structs.replace(new, updated_ms=node.now_ms())
    await node.commit(replacing(node, tenant, action, old, new, caller, revoke, detail))
    return msgspec.structs.replace(new, revision=old.revision + 1)


def replacing(
    node: Node,
    tenant: Tenant,
    action: str,
    old: StoredKey,
    new: StoredKey,
    caller: str,
    revoke: tuple[NewRevocation, ...],
    detail: Mapping[str, object] | None = None,
) -> Change:
    """The change that puts a new version of a key in the place of the old one."""
    event = AuditEvent(
        action=action,
        caller=caller,
        target=old.key_id.hex(),
        detail=msgspec.json.encode(detail or {}),
    )
    return Change(
        tenant=tenant.name,
        at_ms=node.now_ms(),
        audit=event,
        replace=((old, new),),
        revoke=revoke,
    )


async def in_turn(
    node: Node, tenant: Tenant, key_id: bytes, act: Callable[[StoredKey], Awaitable[Done]]
) -> Done:
    """Act on a key's row once no other change of it is under way. Raises Problem 404, or 503."""
    async with node.turns.of(tenant.name, key_id):
        return await retrying(node, tenant, key_id, act)


async def retrying(
    node: Node, tenant: Tenant, key_id: bytes, act: Callable[[StoredKey], Awaitable[Done]]
) -> Done:
    """Act on a key's row, and on the fresh one where it was Stale. Raises Problem 404, 503."""
    for _ in range(TRIES):
        old = await node.store.get(tenant.name, key_id)
        if old is None:
            raise Problem("API_KEY_NOT_FOUND", "API key not found")
        try:
            return await act(old)
        except Stale:
            continue
    raise busy()


def busy() -> Problem:
    """The 503 of what lost every race."""
    # Not a 409, which says that what was asked for can't be done or is so already.
    message = "Other changes kept coming first, and nothing was changed. Try again shortly."
    return Problem("SERVICE_UNAVAILABLE", message, headers=((b"retry-after", b"1"),))
