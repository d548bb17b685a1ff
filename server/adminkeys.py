"""Admin keys: made, listed and revoked by who has the database and the secret file, offline.

Over HTTP nobody makes one, so that a leaked admin key can't outlive its own revocation.
"""

from collections.abc import Sequence

from engine import KeyStatus
from storage.base import KeyFilter, StoredKey

from . import keys
from .auth import SCOPES
from .keys import Issued, NewKey
from .node import Node
from .problems import Problem, invalid

CALLER = "command line"
SOON_S = 30 * 86_400
_PAGE = 1_000


async def issue(node: Node, new: NewKey) -> Issued:
    """Issue an admin key, with all admin scopes unless some are named. Raises Problem."""
    chosen = new.scopes or SCOPES
    if not set(chosen) <= set(SCOPES):
        raise invalid("scopes", f"must be among {', '.join(SCOPES)}")
    ttl = node.settings.max_ttl if new.ttl is None else new.ttl
    terms = NewKey(name=new.name, scopes=tuple(chosen), ttl=ttl, networks=new.networks)
    return await keys.issue(node, node.system, terms, CALLER)


async def every(node: Node) -> Sequence[StoredKey]:
    """All admin keys ever made, the newest first."""
    found: list[StoredKey] = []
    before = None
    which = KeyFilter(now=node.now())
    while page := await node.store.list(node.system.name, which, limit=_PAGE, before=before):
        found += page
        before = page[-1].key_id
    return sorted(found, key=lambda key: (-key.created_ms, key.key_id))


async def revoke(node: Node, key_id: bytes, reason: int) -> None:
    """Revoke an admin key and all that was narrowed from it. Raises Problem 404 or 409."""
    if await node.store.get(node.system.name, key_id) is None:
        raise Problem("API_KEY_NOT_FOUND", "There is no admin key with this id.")
    await keys.revoke(node, node.system, key_id, reason, "", CALLER)


def live_until(admin_keys: Sequence[StoredKey], now: int) -> int | None:
    """When the last of the live admin keys ends (Unix seconds); None where none lives."""
    live = (k.expires_at for k in admin_keys if k.status is KeyStatus.ACTIVE and k.expires_at > now)
    return max(live, default=None)
