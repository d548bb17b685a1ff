"""Where a key comes from and what hangs on it: its rotations, and the tokens derived from it.

No token is stored. What is known of the derived ones is what the audit says of their derivation,
and what the denylist says of them now; whatever was narrowed offline leaves no trace anywhere.
"""

import asyncio
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec

from engine import KeyStatus, Kind, actor_target, tenant_target
from storage.base import AuditPosition, AuditRow, StoredKey

from .deriving import DERIVE, Derivation
from .keyids import key_id_text
from .node import Node, Tenant
from .schemas.lineage import (
    DeadBy,
    LineageKey,
    LineageToken,
    TokenFormat,
    lineage_key,
)
from .timestamps import from_ms, from_seconds
from .walking import CHUNK, walk

MOST_KEYS = 100


async def rotations(node: Node, tenant: Tenant, key: StoredKey) -> list[LineageKey]:
    """The key between what it replaced and what replaced it, at most 100 on either side."""
    before = await _follow(node, tenant, key, "predecessor")
    after = await _follow(node, tenant, key, "successor")
    now = node.now()
    return [
        lineage_key(each, _death_of_key(tenant, each, now), now=now)
        for each in (*reversed(before), key, *after)
    ]


async def _follow(
    node: Node, tenant: Tenant, key: StoredKey, link: Literal["predecessor", "successor"]
) -> list[StoredKey]:
    found: list[StoredKey] = []
    while len(found) < MOST_KEYS and (following := getattr(key, link)) is not None:
        stored = await node.store.get(tenant.name, following)
        if stored is None:
            break
        found.append(key := stored)
        await asyncio.sleep(0)
    return found


async def tokens(
    node: Node, tenant: Tenant, key: StoredKey, size: int, before: AuditPosition | None
) -> tuple[list[LineageToken], AuditPosition | None]:
    """Up to `size` tokens derived from the key that have not expired, the newest first.

    And where the next page begins, None where there is none. A page may be short of what follows.
    """
    now = node.now()

    async def read(before: AuditPosition | None) -> Sequence[AuditRow]:
        return await node.store.audit(
            tenant.name, limit=CHUNK, before=before, target=key.key_id.hex()
        )

    def look(row: AuditRow) -> LineageToken | None:
        return _token(tenant, key, row, now)

    return await walk(read, lambda row: row.position, look, size=size, before=before)


def _token(tenant: Tenant, key: StoredKey, row: AuditRow, now: int) -> LineageToken | None:
    if row.action != DERIVE:
        return None
    try:
        derived = msgspec.json.decode(row.detail, type=Derivation)
        grant_id = UUID(derived.grant_id).bytes
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None  # not written here: the rest of the page is to be seen all the same
    ends = derived.expires_at
    if ends is not None and ends <= now:
        return None
    return LineageToken(
        grant_id=key_id_text(grant_id),
        format=TokenFormat.MACAROON if derived.kid is None else TokenFormat.JWT,
        actor_id=key.actor,
        audiences=derived.audiences or (),
        create_time=from_ms(row.at_ms),
        expire_time=None if ends is None else from_seconds(ends),
        dead_by=_death_of_token(tenant, key, grant_id, derived, now),
    )


def _death_of_key(tenant: Tenant, key: StoredKey, now: int) -> DeadBy | None:
    """In the order in which a verifier asks; the row tells it longer than the denylist does."""
    dead = tenant.denylist
    if key.status is KeyStatus.REVOKED or dead.is_dead(Kind.KEY, key.key_id):
        return DeadBy.KEY
    if key.issued_at <= dead.value(Kind.TENANT, tenant_target(tenant.name)):
        return DeadBy.TENANT
    if key.actor and key.issued_at <= dead.value(Kind.ACTOR, actor_target(tenant.name, key.actor)):
        return DeadBy.ACTOR
    if 0 <= dead.value(Kind.SUNSET, key.key_id) <= now:
        return DeadBy.ROTATION
    return None


def _death_of_token(
    tenant: Tenant, key: StoredKey, grant_id: bytes, derived: Derivation, now: int
) -> DeadBy | None:
    if derived.epoch not in (None, tenant.keys.epoch):
        return DeadBy.EPOCH
    if tenant.denylist.is_dead(Kind.GRANT, grant_id):
        return DeadBy.GRANT
    if (why := _death_of_key(tenant, key, now)) is not None:
        return why
    narrowed = tenant.denylist.value(Kind.CHILDREN, key.key_id)
    if derived.generation is not None and derived.generation < narrowed:
        return DeadBy.CHILDREN
    return None
