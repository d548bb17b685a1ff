"""No credential is accepted but by what is fresh: the one place where that is decided.

What is judged here is judged in one go with the test of the lease: nothing else can run between
the test and what the caller answers. A refusal needs no lease, for what is missing in memory could
only have refused more.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from storage.errors import StoreError

from .freshness import CHECK, CLOSED, OPEN, not_fresh
from .node import Node, Tenant
from .problems import Problem

# For a poll that a request waits for.
JOIN_S = 3.0
_TRIES = 4

Done = TypeVar("Done")


def admits(node: Node, tenant: Tenant, arrived: float) -> bool:
    """Whether this moment's memory is good enough to accept by, for what arrived then.

    `arrived` is by the lease's clock.
    """
    if node.freshness.holds():
        return True
    # Without the whole log nothing is accepted, whatever the policy.
    policy = tenant.settings.stale_policy
    if policy == CLOSED or not node.feed.synced:
        return False
    return policy == OPEN or node.freshness.since(arrived)


def stale(node: Node, tenant: Tenant) -> bool:
    """Whether what is accepted at this moment is outside the promise, by policy `open`."""
    return tenant.settings.stale_policy == OPEN and not node.freshness.holds()


async def current(node: Node, tenant: Tenant, judge: Callable[[], Awaitable[Done]]) -> Done:
    """What `judge` answers by memory that is fresh when this returns, judged again where it takes.

    Raises what `judge` raises, or Problem 503 by the policy.
    """
    arrived, policy = node.freshness.clock(), tenant.settings.stale_policy
    for _ in range(_TRIES):
        done = await judge()
        if node.freshness.holds():
            return done
        if admits(node, tenant, arrived):
            if policy == OPEN:
                node.freshness.accepting_stale()
            return done
        if policy != CHECK:
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
