"""Fills stores with keys, as quickly as a store takes them and always the same ones."""

import random
from typing import Any

from storage.base import AuditEvent, Change, Store, StoredKey

NOW = 1_800_000_000
TENANT = "bench"
BATCH = 1000


def stored(key_id: bytes, **fields: Any) -> StoredKey:
    """A key as one is issued for an agent; an actor has a thousand of them."""
    filled: dict[str, Any] = {
        "tenant": TENANT,
        "key_id": key_id,
        "master_id": 1,
        "issued_at": NOW,
        "actor": f"actor-{key_id[0] * 256 + key_id[1]}",
        "name": "agent of a fleet",
        "scopes": ("payments:*", "orders:read"),
        "expires_at": NOW * 2,
        "created_ms": NOW * 1000,
        "updated_ms": NOW * 1000,
    }
    return StoredKey(**{**filled, **fields})


def change(**fields: Any) -> Change:
    filled: dict[str, Any] = {
        "tenant": TENANT,
        "at_ms": NOW * 1000,
        "audit": AuditEvent(action="bench", caller="bench"),
    }
    return Change(**{**filled, **fields})


async def fill(store: Store, count: int, seed: int = 1) -> list[bytes]:
    """Adds keys of random ids; the ids of 10,000 of them at most."""
    source = random.Random(seed)
    kept: list[bytes] = []
    for start in range(0, count, BATCH):
        ids = [source.randbytes(16) for _ in range(min(BATCH, count - start))]
        await store.commit(change(insert=tuple(stored(one) for one in ids)))
        kept += ids[: max(1, 10_000 * len(ids) // count)]
    return kept
