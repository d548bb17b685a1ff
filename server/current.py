"""No credential is accepted but by what is fresh: the one place where that is decided.

What is judged here is judged in one go with the test of the lease: nothing else can run between
the test and what the caller answers. A refusal needs no lease, for what is missing in memory could
only have refused more.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from storage.errors import StoreError

from .freshness import CHECK, CLOSED, OPEN, not_fresh
from .node import Node
from .problems import Problem

# For a poll that a request waits for.
JOIN_S = 3.0
_TRIES = 4

Done = TypeVar("Done")


def admits(node: Node, arrived: float) -> bool:
    """Whether this moment's memory is good enough to accept by, for what arrived then.

    `arrived` is by the lease's clock.
    """
    if node.freshness.holds():
        return True
    # Without the whole log nothing is accepted, whatever the policy.
    if node.freshness.policy == CLOSED or not node.feed.synced:
        return False
    return node.freshness.policy == OPEN or node.freshness.since(arrived)


async def current(node: Node, judge: Callable[[], Awaitable[Done]]) -> Done:
    """What `judge` answers by memory that is fresh when this returns, judged again where it takes.

    Raises what `judge` raises, or Problem 503 by the policy.
    """
    arrived = node.freshness.clock()
    for _ in range(_TRIES):
        done = await judge()
        if node.freshness.holds():
            return done
        if admits(node, arrived):
            if node.freshness.policy == OPEN:
                node.freshness.accepting_stale()
            return done
        if node.freshness.policy != CHECK:
            break
        try:
            await node.feed.join(JOIN_S)
        except StoreError:
            break
    raise not_fresh()


async def reach(node: Node, revision: tuple[tuple[int, int], ...]) -> None:
    """Wait until this revision is applied here. Raises Problem 503 where it can't be had now."""
    if node.feed.has(revision):
        return
    try:
        await node.feed.join(JOIN_S)
    except StoreError:
        pass
    if not node.feed.has(revision):
        message = "This node has not applied min_revision yet, or its database lacks it. Try again."
        raise Problem("SERVICE_UNAVAILABLE", message, headers=((b"retry-after", b"1"),))
