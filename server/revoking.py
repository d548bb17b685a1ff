"""Revocation of a grant or a block by its id, by an administrator who need not hold it.

The id is all there is of them: neither is stored. What is revoked stays so for as long as anything
could live that it names.
"""

import msgspec

from engine import Kind, Revocation
from engine.limits import INTEGER
from storage.base import AuditEvent, Change, LogEntry, NewRevocation

from .changing import DAY, horizon, latest_end
from .durations import MAXIMUM
from .node import Node, Tenant
from .problems import Problem


async def revoke_link(
    node: Node, tenant: Tenant, link: Revocation, key_id: bytes | None, reason: str, caller: str
) -> LogEntry | None:
    """Revoke a GRANT or BLOCK below a key, or a grant whose key is not known (None).

    None for the entry where it was revoked already. Raises Problem 404 for a key that is not here.
    """
    until = await _until(node, tenant, link.kind, key_id)
    detail = {} if key_id is None else {"key_id": key_id.hex()}
    event = AuditEvent(
        action=f"{link.kind.name.lower()}.revoke",
        caller=caller,
        target=link.target.hex(),
        detail=msgspec.json.encode(detail),
    )
    entry = NewRevocation(revocation=link, expires_at=until, reason=reason)
    written = await node.commit(
        Change(tenant=tenant.name, at_ms=node.now_ms(), audit=event, revoke=(entry,))
    )
    return written[0] if written else None


async def _until(node: Node, tenant: Tenant, kind: Kind, key_id: bytes | None) -> int:
    if key_id is None:
        # No key lives longer, whatever max_ttl was when it was issued.
        return min(node.now() + MAXIMUM + DAY, INTEGER)
    key = await node.store.get(tenant.name, key_id)
    if key is None:
        raise Problem("API_KEY_NOT_FOUND", "There is no API key with this id.")
    # A narrowed key ends when its key does; a grant does not live longer than was said at first.
    ends = latest_end(node, key) if kind == Kind.BLOCK else key.expires_at
    return horizon(tenant, key.issued_at, ends)
