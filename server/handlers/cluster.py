"""The nodes over this database: who they are, and how far each of them has come."""

import math

from server.asgi import Request, Response, json_response
from server.keyids import key_id_text
from server.node import Node, Tenant
from server.revisions import text_of
from server.schemas.cluster import ClusterMember, ClusterState
from storage.cluster import ClusterNode, Head

_NO_STORE = ((b"cache-control", b"no-store"),)


class ClusterView:
    """The handler, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def get(self, request: Request) -> Response:
        """Read from the database, so that it is a 503 while that can't be reached."""
        node = self._node
        heads = (await node.store.poll()).heads
        rows = await node.store.nodes() if node.store.shared else [node.membership.row()]
        fresh, staleness = node.freshness, node.freshness.staleness
        told = ClusterState(
            epoch=node.feed.epoch.hex(),
            mode=node.membership.mode,
            fresh=fresh.holds(),
            staleness_ms=int(staleness * 1000) if 0 < staleness < math.inf else None,
            max_staleness_ms=int(fresh.max_staleness * 1000),
            stale_policy=self._tenant.settings.stale_policy,
            revision=text_of(enumerate(node.feed.positions)),
            nodes=tuple(self._member(row, heads) for row in rows),
        )
        return json_response(200, told, _NO_STORE)

    def _member(self, row: ClusterNode, heads: tuple[Head, ...]) -> ClusterMember:
        node = self._node
        this = row.node_id == node.membership.node_id
        # Of itself a node knows more than it has told.
        positions = node.feed.positions if this else row.positions
        behind = (head.seq - at for head, at in zip(heads, positions, strict=True))
        return ClusterMember(
            node_id=key_id_text(row.node_id),
            boot_id=key_id_text(row.boot_id),
            this=this,
            mode=row.mode,
            lag=sum(max(0, each) for each in behind),
            lease_ms=row.lease_ms,
            positions=text_of(enumerate(positions)),
        )
