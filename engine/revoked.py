"""Whether any link of an authentic token stands in the denylist."""

from .authentic import Authentic
from .denylist import Denying, actor_target, tenant_target
from .errors import TokenRevoked
from .header import GrantHeader
from .terms import Terms
from .types import Kind


def check_ids(authentic: Authentic, denylist: Denying) -> None:
    """Raise TokenRevoked where the key, the grant or a block is dead unconditionally."""
    key_id, grant_id = authentic.header.key_id, authentic.grant_id
    if denylist.first_dead(Kind.KEY, (key_id,)) == 0:
        raise TokenRevoked("key", key_id)
    if grant_id is not None and denylist.first_dead(Kind.GRANT, (grant_id,)) == 0:
        raise TokenRevoked("grant", grant_id)
    number = denylist.first_dead(Kind.BLOCK, authentic.revocation_ids)
    if number >= 0:
        raise TokenRevoked("block", authentic.revocation_ids[number], number)


def check_values(
    authentic: Authentic, terms: Terms, denylist: Denying, tenant: str, now: int
) -> None:
    """Raise TokenRevoked by tenant, actor, end of rotation grace, or generation."""
    if not denylist.has_values:
        return
    head = authentic.header
    target = tenant_target(tenant)
    if terms.key_issued_at <= denylist.value(Kind.TENANT, target):
        raise TokenRevoked("tenant", target)
    check_actor(terms.actor, terms, denylist, tenant)
    if 0 <= denylist.value(Kind.SUNSET, head.key_id) <= now:
        raise TokenRevoked("key", head.key_id)
    if isinstance(head, GrantHeader):
        if head.generation < denylist.value(Kind.CHILDREN, head.key_id):
            raise TokenRevoked("grant", head.grant_id)


def check_actor(actor: str, terms: Terms, denylist: Denying, tenant: str) -> None:
    """Raise TokenRevoked where the actor is revoked for keys issued when this one was."""
    if actor and denylist.has_values:
        target = actor_target(tenant, actor)
        if terms.key_issued_at <= denylist.value(Kind.ACTOR, target):
            raise TokenRevoked("actor", target)
