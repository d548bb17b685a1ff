"""Ends tasks that talk to Redis."""

import asyncio
from collections.abc import Collection

_AGAIN_S = 0.05


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel the tasks, and wait until they have ended.

    Once is not enough: redis-py sends with `asyncio.wait_for`, which in Python 3.11 forgets to be
    cancelled when what it waits for is done in the same turn (CPython issue 86296).
    """
    running = set(tasks)
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_AGAIN_S)
