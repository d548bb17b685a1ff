"""What an administrator does to a key that lives on: suspend, resume, extend, end its children.

Issued and imported keys alike. Each act answers the key as it stands then; one that would change
nothing writes nothing.
"""

import msgspec

from engine import KeyStatus
from storage.base import StoredKey

from .changing import in_turn, is_revoked, replace, without_children
from .node import Node, Tenant
from .problems import Problem, invalid
from .timestamps import from_seconds


async def suspend(node: Node, tenant: Tenant, key_id: bytes, caller: str) -> StoredKey:
    """Take a key out of use until it is resumed; what was derived from it is dead for good.

    Raises Problem 404, or 409 for a key that is revoked or expired.
    """

    async def act(old: StoredKey) -> StoredKey:
        _require_live(node, tenant, old)
        if old.status == KeyStatus.SUSPENDED:
            return old
        # Grants need no record: only the log reaches them, and it takes nothing back.
        new, revoke = without_children(tenant, old, "suspended")
        new = msgspec.structs.replace(new, status=KeyStatus.SUSPENDED)
        return await replace(node, tenant, "key.suspend", old, new, caller=caller, revoke=revoke)

    return await in_turn(node, tenant, key_id, act)


async def resume(node: Node, tenant: Tenant, key_id: bytes, caller: str) -> StoredKey:
    """Let a suspended key, and what was narrowed from it, be used again.

    Raises Problem 404, or 409 for a key that is revoked or expired.
    """

    async def act(old: StoredKey) -> StoredKey:
        _require_live(node, tenant, old)
        if old.status == KeyStatus.ACTIVE:
            return old
        new = msgspec.structs.replace(old, status=KeyStatus.ACTIVE)
        return await replace(node, tenant, "key.resume", old, new, caller=caller)

    return await in_turn(node, tenant, key_id, act)


class NewEnd(msgspec.Struct, frozen=True):
    """When a key shall end (Unix seconds), and the request's field that says so."""

    at: int
    field: str


async def extend(node: Node, tenant: Tenant, key_id: bytes, end: NewEnd, caller: str) -> StoredKey:
    """Let a key live longer, at most as long as one that had been issued with the greatest ttl.

    Raises Problem 404; 400 for an end that is no later or too late; 409 for a key that is revoked,
    expired, or was rotated (the end of its grace stands in the log, which takes nothing back).
    """

    async def act(old: StoredKey) -> StoredKey:
        _require_live(node, tenant, old)
        if old.successor is not None:
            raise _refused("This key was rotated, and ends with its grace; use its successor.")
        # A revocation may have put the issue forward; the key lives no longer for it.
        latest = min(old.issued_at, old.created_ms // 1000) + tenant.settings.max_ttl
        if end.at > latest:
            rule = f"must be no later than {from_seconds(latest)}, max_ttl after the key was issued"
            raise invalid(end.field, rule)
        if end.at <= old.expires_at:
            raise invalid(
                end.field, f"must be later than the key's end, {from_seconds(old.expires_at)}"
            )
        new = msgspec.structs.replace(old, expires_at=end.at)
        detail = {"from": from_seconds(old.expires_at), "to": from_seconds(end.at)}
        return await replace(node, tenant, "key.extend", old, new, caller=caller, detail=detail)

    return await in_turn(node, tenant, key_id, act)


async def revoke_children(node: Node, tenant: Tenant, key_id: bytes, caller: str) -> StoredKey:
    """Kill all that was derived from a key so far; the key and its narrowed forms live on.

    Raises Problem 404, or 409 for a key that is revoked or expired.
    """

    async def act(old: StoredKey) -> StoredKey:
        _require_live(node, tenant, old)
        new, revoke = without_children(tenant, old, "children")
        return await replace(
            node, tenant, "key.revoke_children", old, new, caller=caller, revoke=revoke
        )

    return await in_turn(node, tenant, key_id, act)


def _require_live(node: Node, tenant: Tenant, key: StoredKey) -> None:
    if is_revoked(tenant, key):
        raise _refused("This key is revoked, and all below it is dead; issue a new one.")
    if key.expires_at <= node.now():
        raise _refused("This key has expired, and all below it is dead; issue a new one.")


def _refused(message: str) -> Problem:
    return Problem("FAILED_PRECONDITION", message)
