"""The registry of nodes as plain Python; `MemoryStore` adds the log that they poll."""

import secrets
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence

import msgspec

from .base import LogEntry
from .cluster import SNAPSHOTS, ClusterNode, Head, Polled, RecordedSnapshot
from .rules import ID

_GONE_MS = 600_000


class MemoryCluster:
    """Nodes by id, with the end of their lease by `clock`, Unix seconds."""

    shared = False
    clock: Callable[[], float] = staticmethod(time.time)
    _heads: list[Head]

    def __init__(self) -> None:
        self._epoch = secrets.token_bytes(ID)
        self._nodes: dict[bytes, ClusterNode] = {}
        self._watched = 0
        self._snapshots: list[RecordedSnapshot] = []

    @abstractmethod
    async def read(self, shard: int, after: int, limit: int) -> Sequence[LogEntry]:
        """As `RevocationLog.read`."""

    def _now(self) -> int:
        return int(self.clock() * 1000)

    async def poll(self) -> Polled:
        return Polled(self._epoch, tuple(self._heads), self._watched > self._now())

    async def follow(self, shard: int, after: int, limit: int) -> Sequence[LogEntry]:
        return await self.read(shard, after, limit)

    async def enrol(self, node: ClusterNode) -> None:
        now = self._now()
        ends = msgspec.structs.replace(node, lease_ms=now + node.lease_ms)
        nodes = self._nodes | {node.node_id: ends}
        self._nodes = {id_: n for id_, n in nodes.items() if n.lease_ms >= now - _GONE_MS}

    async def leave(self, node_id: bytes) -> None:
        self._nodes.pop(node_id, None)

    async def nodes(self) -> Sequence[ClusterNode]:
        now, nodes = self._now(), sorted(self._nodes.items())
        return [msgspec.structs.replace(n, lease_ms=n.lease_ms - now) for _, n in nodes]

    async def watch(self, ms: int) -> None:
        self._watched = max(self._watched, self._now() + ms)

    async def record_snapshot(self, snapshot: RecordedSnapshot) -> None:
        others = [each for each in self._snapshots if each.digest != snapshot.digest]
        others.append(snapshot)
        self._snapshots = sorted(others, key=lambda s: (-s.at_ms, s.digest))[:SNAPSHOTS]

    async def snapshots(self) -> Sequence[RecordedSnapshot]:
        return tuple(self._snapshots)
