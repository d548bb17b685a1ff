"""The registry of nodes, and the one question that each of them asks all the time.

`database_ms()` is the database's clock in Unix milliseconds; a driver says it in its own words.
"""

from collections.abc import Sequence

from storage.base import SHARDS
from storage.cluster import ClusterNode, Head, Polled

from .script import Row, Script, ask, write

_SEED = "INSERT INTO cluster (id, epoch, watched_ms) VALUES (1, ?, 0) ON CONFLICT DO NOTHING"
_POLL = """
SELECT cluster.epoch, cluster.watched_ms - database_ms(),
counters.shard, counters.seq, counters.hash
FROM cluster LEFT JOIN counters ON counters.log = 'revocation' WHERE cluster.id = 1"""
_ENROL = """
INSERT INTO nodes (node_id, boot_id, positions, mode, lease_ms)
VALUES (?, ?, ?, ?, database_ms() + ?)
ON CONFLICT (node_id) DO UPDATE SET boot_id = excluded.boot_id,
positions = excluded.positions, mode = excluded.mode, lease_ms = excluded.lease_ms"""
_FORGET = "DELETE FROM nodes WHERE lease_ms < database_ms() - ?"
_LEAVE = "DELETE FROM nodes WHERE node_id = ?"
_NODES = """
SELECT node_id, boot_id, positions, mode, lease_ms - database_ms() FROM nodes ORDER BY node_id"""
_WATCH = """
UPDATE cluster SET watched_ms = database_ms() + ?
WHERE id = 1 AND watched_ms < database_ms() + ?"""

GONE_MS = 600_000  # a row whose lease ran out so long ago is of no use


def seed(epoch: bytes) -> Script[None]:
    """Make the row of the cluster, where there is none yet."""
    yield from write(_SEED, epoch)


def poll() -> Script[Polled]:
    rows = yield from ask(_POLL)
    if not rows:
        return Polled(b"", (Head(0, b""),) * SHARDS)
    heads = {row[2]: Head(int(row[3]), row[4]) for row in rows if row[2] is not None}
    epoch, watched_ms = rows[0][0], rows[0][1]
    return Polled(epoch, tuple(heads.get(n, Head(0, b"")) for n in range(SHARDS)), watched_ms > 0)


def enrol(node: ClusterNode) -> Script[None]:
    positions = ",".join(map(str, node.positions))
    yield from write(_ENROL, node.node_id, node.boot_id, positions, node.mode, node.lease_ms)
    yield from write(_FORGET, GONE_MS)


def leave(node_id: bytes) -> Script[None]:
    yield from write(_LEAVE, node_id)


def nodes() -> Script[Sequence[ClusterNode]]:
    return [_node(row) for row in (yield from ask(_NODES))]


def watch(ms: int) -> Script[None]:
    yield from write(_WATCH, ms, ms)


def _node(row: Row) -> ClusterNode:
    return ClusterNode(
        node_id=row[0],
        boot_id=row[1],
        positions=tuple(map(int, row[2].split(","))),
        mode=row[3],
        lease_ms=int(row[4]),
    )
