"""The first use of a key that was imported as a hash: from then on the row knows the key itself.

The one who presents a raw key that fits gets its row changed, durably, before the verdict: under
the digest of the raw key, and without the hash. So the hash is tried once and is then gone, and
what stands is an imported key like any other.
"""

import logging
from collections.abc import Callable, Sequence

import msgspec

from engine.formats.hashed.sealing import SealBroken
from engine.formats.imported.hashes import length_of
from storage.base import AuditEvent, Change, StoredKey
from storage.errors import KeyExists, Stale, StoreUnavailable

from .hints import hint_of
from .node import Node, Tenant

_TRIES = 8
_log = logging.getLogger("marzipan.imports")


async def owner(
    node: Node, tenant: Tenant, raw_key: str, digests: Sequence[bytes]
) -> StoredKey | None:
    """The key whose raw key this is, or None; `digests` are those of the raw key, its own first.

    Raises Busy where a slow hash can't be tried now, or StoreError.
    """
    proven: bytes | None = None
    for _ in range(_TRIES):
        key = await node.store.get_by_digest(tenant.name, *digests)
        if key is None or key.hash_kind is None:
            return key
        # Another change of the row is no reason to try its hash again.
        if length_of(key.hash_kind) and (proven is None or proven != key.hash_sealed):
            if not await _fits(node, tenant, key, raw_key, digests[0]):
                return None
            proven = key.hash_sealed
        await _rehash(node, tenant, key, raw_key, digests[0])
    raise StoreUnavailable("the key keeps changing faster than it can be read; try again")


async def _fits(node: Node, tenant: Tenant, key: StoredKey, raw_key: str, digest: bytes) -> bool:
    try:
        matches = _matcher(tenant, key, raw_key)
    except SealBroken as broken:
        _log.warning("the hash of imported key %s is of no use: %s", key.key_id.hex(), broken)
        return False
    return await node.trials.attempt(tenant.name.encode() + key.key_id, digest, matches)


def _matcher(tenant: Tenant, key: StoredKey, raw_key: str) -> Callable[[], bool]:
    if tenant.seals is None or key.hash_sealed is None:
        raise SealBroken("nothing is sealed here")
    slow = tenant.seals.open(key.master_id, key.key_id, key.hash_sealed)
    return lambda: slow.matches(raw_key)


async def _rehash(node: Node, tenant: Tenant, key: StoredKey, raw_key: str, digest: bytes) -> None:
    """Let the row stand under the raw key, unless another change came first."""
    if tenant.index is None:
        return
    async with node.turns.of(tenant.name, key.key_id):
        old = await node.store.get(tenant.name, key.key_id)
        if old is None or (old.digest, old.hash_sealed) != (key.digest, key.hash_sealed):
            return
        new = msgspec.structs.replace(
            old,
            master_id=tenant.index.master_id,
            digest=digest,
            hint=hint_of(raw_key),
            hash_kind=None,
            hash_sealed=None,
        )
        event = AuditEvent(action="key.rehash", caller="first use", target=key.key_id.hex())
        change = Change(tenant=tenant.name, at_ms=node.now_ms(), audit=event, replace=((old, new),))
        try:
            await node.commit(change)
        except (Stale, KeyExists):
            return  # read again, it is found as what it has become
