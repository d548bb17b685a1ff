"""What several nodes over one database tell each other through it.

Every node polls where the revocation log ends, and keeps a row in a registry with how far it has
come. No clock of a machine is compared with another's: leases are counted by the database's.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

import msgspec

if TYPE_CHECKING:
    from .base import LogEntry

SNAPSHOTS = 32  # nodes without a Redis each have one of their own


class Head(NamedTuple):
    """Where a shard of the revocation log ends. `hash` covers every entry up to it, in order.

    (0, b"") where the shard was never written. How it is made is `rules.chained`.
    """

    seq: int
    hash: bytes


class Polled(msgspec.Struct, frozen=True):
    """One answer of `Cluster.poll`: SHARDS heads of one moment.

    `epoch` is 16 random bytes made with the database. `watched`: somebody waits to see how far
    every node has come, see `Cluster.watch`.
    """

    epoch: bytes
    heads: tuple[Head, ...]
    watched: bool = False


class ClusterNode(msgspec.Struct, frozen=True, kw_only=True):
    """One process in the registry. Nothing of it is an address.

    `node_id` is made anew at every start, `boot_id` is that of its machine's boot; both 16 bytes.
    `positions` are the SHARDS positions that it has applied; `mode` is "poll" or "stream".
    `lease_ms` is how long its word holds from now on by the database's clock, in milliseconds;
    negative: it ran out that long ago, and the node has accepted nothing since.
    """

    node_id: bytes
    boot_id: bytes
    positions: tuple[int, ...]
    mode: str
    lease_ms: int


class RecordedSnapshot(msgspec.Struct, frozen=True):
    """A snapshot of all denylists that some node made, wherever it is kept.

    All entries up to its `positions`, SHARDS of them, are in it. `digest` is 32 bytes, `master_id`
    that of the secret it was made under, `at_ms` when, by that node's clock. That it stands in the
    database proves that it is of this one's own history: in one restored from before it does not.
    """

    digest: bytes
    master_id: int
    positions: tuple[int, ...]
    at_ms: int


class Cluster(Protocol):
    @property
    def shared(self) -> bool:
        """Whether other processes may write this database while it is open here."""
        ...

    async def poll(self) -> Polled:
        """Where every shard of the log ends, in one round trip to the primary.

        Every entry up to a head can be read once this returned, but for those that were pruned.
        Waits for no request, and no longer than a statement may take. Raises StoreUnavailable.
        """
        ...

    async def follow(self, shard: int, after: int, limit: int) -> Sequence["LogEntry"]:
        """As `RevocationLog.read`, on the way that `poll` goes, which no request holds up."""
        ...

    async def enrol(self, node: ClusterNode) -> None:
        """Write a node's row, whose lease ends `lease_ms` from now. Raises StoreUnavailable."""
        ...

    async def leave(self, node_id: bytes) -> None:
        """Take out a node's row: nobody need wait for it. One that is not there is no error."""
        ...

    async def nodes(self) -> Sequence[ClusterNode]:
        """Every row of the registry by node id, also those whose lease ran out lately.

        `enrol` takes out those that ran out more than ten minutes ago.
        """
        ...

    async def watch(self, ms: int) -> None:
        """Ask all nodes to write their rows as soon as they have applied more, for `ms` from now.

        It never shortens what another asked for.
        """
        ...

    async def record_snapshot(self, snapshot: RecordedSnapshot) -> None:
        """Remember a snapshot, and forget the oldest where there are more than SNAPSHOTS.

        Raises StoreUnavailable.
        """
        ...

    async def snapshots(self) -> Sequence[RecordedSnapshot]:
        """What was recorded, the newest first."""
        ...
