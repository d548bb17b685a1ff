"""What a node does beside answering: follow others, flush, prune, and write all when it ends."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from storage.errors import StoreError

from .node import Node
from .redis.streaming import streaming
from .snapshots.making import Making

FLUSH_S = 10.0
PRUNE_S = 600.0
WATCH_S = 10.0
LOOK_S = 5.0
FRESH_S = 5.0

_log = logging.getLogger("marzipan.serving")


@contextlib.asynccontextmanager
async def running(node: Node) -> AsyncIterator[None]:
    """A node that follows its cluster and keeps its house, within; it is ready when this begins,
    if it can be, and its store is closed when this ends.

    Last uses are lost at most for FLUSH_S seconds, and only when the process is killed.
    """
    making = Making(node, node.feed.epoch)
    acts = [(FLUSH_S, node.flush_uses), (PRUNE_S, node.prune), (LOOK_S, making.look)]
    if node.secret_watch is not None:
        acts.append((WATCH_S, node.secret_watch.look))
    tasks = [asyncio.create_task(_every(seconds, act)) for seconds, act in acts]
    if node.store.shared:
        tasks.append(asyncio.create_task(node.feed.run()))
        tasks.append(asyncio.create_task(node.membership.run()))
    try:
        async with streaming(node):
            # Whoever comes first would be refused for want of a lease that is there in a moment.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(_fresh(node), FRESH_S)
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await making.close()
        await stop(node)


async def stop(node: Node) -> None:
    """Write what is still in memory, and close the store."""
    node.trials.close()
    with contextlib.suppress(StoreError):
        await node.flush_uses()
    await node.limits.close()
    await node.membership.leave()
    await node.store.close()


async def _fresh(node: Node) -> None:
    while not node.ready:
        await asyncio.sleep(0.01)


async def _every(seconds: float, act: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await act()
        except Exception as error:
            # Housekeeping is tried again; what it could not do is kept.
            _log.warning("housekeeping failed: %s", error)
