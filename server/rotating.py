"""Rotation: a successor takes a key's place, at once or after a grace in which both live."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from engine import KeyStatus, Kind
from storage.base import NewRevocation, StoredKey

from .changing import entry, floors, in_turn, is_revoked, replacing
from .keys import Issued, NewKey, mint
from .node import Node, Tenant
from .problems import Problem

SUPERSEDED = 3


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
        if old.status == KeyStatus.SUSPENDED:
            raise Problem(
                "FAILED_PRECONDITION", "This key is suspended; resume it first, then rotate it."
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
        issued = mint(node, tenant, terms, max(now, old.issued_at), old.expires_at)
        successor = msgspec.structs.replace(issued.key, predecessor=old.key_id)
        new, end = _superseded(node, tenant, old, successor.key_id, now + grace if grace else 0)
        change = replacing(node, tenant, "key.rotate", old, new, caller, (end,))
        standing = floors(tenant, successor)
        await node.commit(msgspec.structs.replace(change, insert=(successor,), floors=standing))
        replaced = msgspec.structs.replace(new, revision=old.revision + 1)
        return Issued(successor, issued.text), replaced

    return await in_turn(node, tenant, key_id, act)


def _superseded(
    node: Node, tenant: Tenant, old: StoredKey, successor: bytes, end: int
) -> tuple[StoredKey, NewRevocation]:
    new = msgspec.structs.replace(old, successor=successor, updated_ms=node.now_ms())
    if not end:
        new = msgspec.structs.replace(
            new,
            status=KeyStatus.REVOKED,
            revocation_reason=SUPERSEDED,
            revocation_description="replaced by rotation",
        )
        return new, entry(tenant, old, Kind.KEY, 0, "rotated")
    end = min(end, old.expires_at)
    new = msgspec.structs.replace(new, expires_at=end)
    return new, entry(tenant, old, Kind.SUNSET, end, "rotated")
