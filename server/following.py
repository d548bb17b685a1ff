"""The revocation log of one tenant as it grows, as events for whoever keeps listening."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

import msgspec

from engine import Kind
from storage.base import LogEntry
from storage.errors import StoreError

from . import sse
from .node import Node
from .problems import Problem
from .schemas.service import told_entry

BEAT_S = 15.0
CHECK_S = 5.0  # for so long at most a caller is still told who may listen no more
RETRY_MS = 2000
_PAGE = 100

# The log has notices between nodes too, which are nobody else's business.
_REVOCATIONS = frozenset(Kind)

Check = Callable[[], Awaitable[object]]


def positions_text(positions: Sequence[int]) -> str:
    """Positions as clients hand them back."""
    return ",".join(map(str, positions))


def of_tenant(entries: Sequence[LogEntry], tenant: str) -> list[LogEntry]:
    """The revocations of one tenant among entries."""
    return [e for e in entries if e.tenant == tenant and e.kind in _REVOCATIONS]


async def follow(
    node: Node, tenant: str, after: list[int], check: Check
) -> AsyncGenerator[bytes, None]:
    """Server-sent events, a `revocation` each, from behind `after` on, and beats in between.

    Ends when the node stops, when its database has another history, when that can't be read, or
    when `check` raises, which is asked every CHECK_S. The client comes again and is told why.
    """
    try:
        with node.streams.place():
            yield sse.retry(RETRY_MS)
            resyncs, told = node.feed.resyncs, time.monotonic()
            checked = told
            while not node.streams.closed and node.feed.resyncs == resyncs:
                now = time.monotonic()
                if now - checked >= CHECK_S:
                    await check()
                    checked = now
                if node.pages.moved(after):
                    events = await _events(node, tenant, after)
                elif now - told >= BEAT_S:
                    events = sse.beat(positions_text(after))
                else:
                    pause = min(told + BEAT_S, checked + CHECK_S) - now
                    await node.streams.wait(node.feed.moved(), max(pause, 0.01))
                    continue
                if events:
                    yield events
                    told = time.monotonic()
    except (Problem, StoreError):
        return


async def _events(node: Node, tenant: str, after: list[int]) -> bytes:
    """What was applied behind `after`, which is moved behind it. Every id is a place to go on."""
    place = list(after)
    entries = await node.pages.read(after, _PAGE)
    events = []
    for entry in entries:
        place[entry.shard] = entry.seq
        if of_tenant((entry,), tenant):
            data = msgspec.json.encode(told_entry(entry))
            events.append(sse.event("revocation", data, positions_text(place)))
    return b"".join(events)
