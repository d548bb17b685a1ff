"""A node on the stream of its cluster."""

import contextlib
from collections.abc import AsyncIterator

from server.membership import POLL, STREAM
from server.node import Node

from .naming import cluster_name
from .stream import Stream


@contextlib.asynccontextmanager
async def streaming(node: Node) -> AsyncIterator[Stream | None]:
    """Publish what this node commits, and follow the others, within. Needs no Redis to begin.

    None where settings name no Redis, or where the database is this node's alone.
    """
    url, feed = node.settings.redis, node.feed
    if url is None or not node.store.shared:
        yield None
        return

    def changed(healthy: bool) -> None:
        node.membership.mode = STREAM if healthy else POLL

    # Nodes of another database under the same secrets are another cluster.
    name = cluster_name(node.keyring, feed.epoch)
    stream = Stream(
        *(url, node.keyring, name, feed),
        apply=node.apply,
        positions=feed.positions,
        now=node.now,
        changed=changed,
    )
    publish, node.publish = node.publish, stream.publish
    stream.start()
    try:
        yield stream
    finally:
        node.publish = publish
        changed(False)
        await stream.close()
