"""Snapshots in Redis, by which a machine gets one that never had any.

Each set is one hash: field "set", and "<tenant>:<number of the chunk>" for the rest. Whatever Redis
gives back is checked against what the database and the sealed manifests say.
"""

from collections.abc import Iterable, Sequence

from engine.parcels import Manifest, chunks
from engine.snapshot import Snapshot
from server.redis.client import connect

from .sets import LARGEST, SnapshotSet

TIMEOUT_S = 5.0  # for a chunk, while nobody waits but a node that starts
LIFE_S = 7 * 86_400
LOCK_S = 120
KEPT = 2


class Carrier:
    """`name` is that of the cluster, see `server.redis.naming`. Raises what redis-py raises."""

    def __init__(self, url: str, name: str) -> None:
        self._client = connect(url, timeout=TIMEOUT_S, longest=LARGEST + 1024)
        self._name = name

    async def close(self) -> None:
        await self._client.aclose()

    async def turn(self) -> bool:
        """Whether this node is to make the next snapshot for all; at most one in LOCK_S is."""
        done = await self._client.set(f"{self._name}:snapshotting", b"1", nx=True, ex=LOCK_S)
        return bool(done)

    async def set_of(self, digest: bytes) -> bytes | None:
        """The bytes under the name of a set, whatever they are."""
        return await self._get(digest, "set")

    async def chunk(self, digest: bytes, manifest: Manifest, number: int) -> bytes:
        """A chunk of a snapshot of a set, b"" where there is none."""
        return await self._get(digest, f"{manifest.claim.tenant}:{number}") or b""

    async def put(self, whole: SnapshotSet, snapshots: Sequence[Snapshot]) -> None:
        """Carry a set; it can be found once all of it is there."""
        key = self._key(whole.digest)
        for snapshot in snapshots:
            portion = whole.manifests[snapshot.claim.tenant].portion
            for number, chunk in enumerate(chunks(snapshot, portion)):
                await self._client.hset(key, f"{snapshot.claim.tenant}:{number}", bytes(chunk))
                if number == 0:
                    # Whatever becomes of this node, what it began does not stay for ever.
                    await self._client.expire(key, LIFE_S)
        await self._client.hset(key, "set", whole.data)
        await self._client.expire(key, LIFE_S)

    async def drop(self, digests: Iterable[bytes]) -> None:
        """Carry these sets no more."""
        for digest in digests:
            await self._client.unlink(self._key(digest))

    async def _get(self, digest: bytes, field: str) -> bytes | None:
        found: bytes | None = await self._client.hget(self._key(digest), field)  # type: ignore[assignment]
        return found

    def _key(self, digest: bytes) -> str:
        return f"{self._name}:snapshot:{digest.hex()}"
