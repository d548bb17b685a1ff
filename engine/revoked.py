"""Whether any link of an authentic token stands in the denylist."""

from .authentic import Authentic
from .denylist import Denying, actor_target, tenant_target
from .errors import TokenRevoked
from .header import GrantHeader
from .terms import Terms
from .types import Kind


def check_ids(authentic: Authentic, denylist: Denying) -> None:
    """Raise TokenRevoked where the key, the grant or a block is dead unconditionally."""
    grant_id = authentic.grant_id
    key_id = authentic.header.key_id
    above = (key_id,) if grant_id is None else (key_id, grant_id)
    dead = denylist.first_dead((*above, *authentic.revocation_ids))
    if dead >= len(above):
        number = dead - len(above)
        raise TokenRevoked("block", authentic.revocation_ids[number], number)
    if dead >= 0:
        raise TokenRevoked(("key", "grant")[dead], above[dead])


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
