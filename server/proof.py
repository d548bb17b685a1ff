"""Whether a credential proves possession: it must be as authentic as verify wants it.

The chain alone proves too little. Whoever has a leaked retired secret writes any header under it,
and any signature under a signing key whose time is over; neither may kill what verify would not
have taken them for. Caveats, status and addresses do not count here: a token that is good for
nothing else can still be revoked.
"""

from functools import partial

import msgspec

from engine import TokenError
from engine.authentic import Authentic
from engine.formats.jwt import inspect, looks_like_jwt
from engine.formats.talos import is_second_of
from engine.header import GrantHeader, KeyHeader
from engine.types import ELSEWHERE
from storage.base import StoredKey

from .binding import names_others
from .changing import latest_end
from .current import admits
from .freshness import not_fresh
from .node import Node, Tenant
from .problems import Problem
from .records import pinned_master
from .verifying import with_record


class Proof(msgspec.Struct, frozen=True):
    """A genuine credential, the row of its key as it is now, and when it ends at the latest (s)."""

    tenant: Tenant
    authentic: Authentic
    key: StoredKey
    ends: int


async def prove(node: Node, served: Tenant, credential: str) -> Proof:
    """What the credential proves. Raises Problem 404 for one that was not made here."""
    tenant, authentic = await _authentic(node, served, credential)
    head = authentic.header
    key = await node.store.get(tenant.name, head.key_id)
    if key is None or not is_pinned(key, authentic):
        raise unknown()
    if isinstance(head, KeyHeader):
        return Proof(tenant, authentic, key, latest_end(node, key))
    if not _admitted(node, tenant, credential, head, key):
        raise unknown()
    return Proof(tenant, authentic, key, head.expires_at)


def is_pinned(key: StoredKey, authentic: Authentic) -> bool:
    """Whether the credential names its key as the key's row does."""
    head = authentic.header
    # Whoever holds a leaked retired secret can write any header, but not any row.
    if isinstance(head, KeyHeader):
        if pinned_master(key) == head.master_id == ELSEWHERE:
            return is_second_of(head.issued_at, key.issued_at)
        return (pinned_master(key), key.issued_at) == (head.master_id, head.issued_at)
    if _of_talos(authentic):
        # An old macaroon does not say when its key was issued.
        return pinned_master(key) == ELSEWHERE
    return key.issued_at == head.key_issued_at


def unknown() -> Problem:
    """The one answer for forged, foreign and malformed credentials."""
    return Problem("NOT_FOUND", "This server made no such credential.")


async def _authentic(node: Node, served: Tenant, credential: str) -> tuple[Tenant, Authentic]:
    bound = names_others(node.system, credential, served.name)
    for tenant in (served,) if bound else (served, node.system):
        authenticate = partial(tenant.verifier_for(credential).authenticate, credential)
        try:
            return tenant, await with_record(node, tenant, credential, authenticate)
        except TokenError:
            continue
    if not admits(node, served, node.freshness.clock()):
        # It may have been imported elsewhere lately: that can't be told now.
        raise not_fresh()
    raise unknown()


def _of_talos(authentic: Authentic) -> bool:
    # A JWT has no master either, and no text prefix.
    return authentic.header.master_id == ELSEWHERE and bool(authentic.prefix)


def _admitted(
    node: Node, tenant: Tenant, credential: str, head: GrantHeader, key: StoredKey
) -> bool:
    if pinned_master(key) == head.master_id == ELSEWHERE and not looks_like_jwt(credential):
        return True
    now = node.now()
    if head.issued_at > now + tenant.settings.clock_skew:
        return False
    if looks_like_jwt(credential):
        # Its signature held, so the kid that it names is the key's.
        kid = inspect(credential).unverified_kid
        return any(k.kid == kid and not k.public.ended(now) for k in node.signing_keys)
    root = tenant.keys.root(head.master_id)
    return root is not None and root.admits_grant(head.issued_at, now)
