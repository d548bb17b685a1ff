"""Snapshots for tests: what `compact` makes, in memory, and what only a holder of the key could."""

from engine.compaction import merge
from engine.snapshot import Claim, Snapshot, compose, digest_of, seed_of

NOW = 1_800_000_000
DAY = 86_400
KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
CLAIM = Claim("default", "d1", (7, 9))


def snapshot_bytes(denylist, now: int = NOW, key: bytes = KEY, claim: Claim = CLAIM) -> bytes:
    """The file that `compact` would write."""
    adopted, now = denylist.adopted, max(now, denylist.pruned)
    previous = bytes(32) if adopted is None else adopted.digest
    runs = merge(denylist, seed_of(key), now)
    return b"".join(compose(runs, key=key, claim=claim, now=now, previous=previous))


def snapshot_of(denylist, now: int = NOW, key: bytes = KEY) -> Snapshot:
    """The same, read again."""
    return Snapshot(memoryview(snapshot_bytes(denylist, now, key)), key)


def signed(data: bytes, key: bytes = KEY) -> bytes:
    """Any bytes under the digest that they would have."""
    return data[:8] + digest_of(key, [data[40:]]) + data[40:]
