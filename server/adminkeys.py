"""Admin keys: made, listed and revoked by who has the database and the secret file, offline.

Over HTTP nobody makes one, so that a leaked admin key can't outlive its own revocation.
"""

from collections.abc import Sequence

import msgspec

from engine import KeyStatus, attenuate
from engine.caveats import Audience
from storage.base import KeyFilter, StoredKey

from . import keys
from .auth import SCOPES
from .binding import audience_of
from .keys import Issued, NewKey
from .node import Node
from .problems import Problem, invalid

CALLER = "command line"
SOON_S = 30 * 86_400
_PAGE = 1_000
_TENANT = "tenant"


async def issue(node: Node, new: NewKey, tenant: str | None = None) -> Issued:
    """Issue an admin key, with all admin scopes unless some are named. Raises Problem.

    With a `tenant` it is good on the routes of that one alone; see `server.binding`.
    """
    if tenant is not None and tenant not in node.settings.names():
        raise invalid("tenant", f"must be among {', '.join(node.settings.names())}")
    chosen = new.scopes or SCOPES
    if not set(chosen) <= set(SCOPES):
        raise invalid("scopes", f"must be among {', '.join(SCOPES)}")
    ttl = node.system.settings.max_ttl if new.ttl is None else new.ttl
    terms = NewKey(name=new.name, scopes=tuple(chosen), ttl=ttl, networks=new.networks)
    if tenant is None:
        return await keys.issue(node, node.system, terms, CALLER)
    try:
        caveat = Audience([audience_of(tenant)])
    except ValueError:
        raise invalid("tenant", "must have a name of at most 240 bytes") from None
    told = msgspec.json.encode({_TENANT: tenant})
    issued = await keys.issue(
        node, node.system, msgspec.structs.replace(terms, metadata=told), CALLER
    )
    bound = attenuate(issued.text, caveat, prefixes=node.system.prefixes)
    return Issued(issued.key, bound.text)


def tenant_of(key: StoredKey) -> str | None:
    """The tenant that an admin key was issued for, None for all; what binds it is in its text."""
    told = msgspec.json.decode(key.metadata) if key.metadata else {}
    name = told.get(_TENANT) if isinstance(told, dict) else None
    return name if isinstance(name, str) else None


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
