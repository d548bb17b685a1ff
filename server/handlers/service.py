"""The server about itself: health, version, and the revocation log."""

import importlib.metadata
import platform
import re

from engine import Kind
from server.asgi import Request, Response, json_response
from server.freshness import not_fresh
from server.keyids import key_id_text
from server.node import Node
from server.problems import Problem, invalid
from server.query import integer, only, parse_query
from server.schemas.service import Health, RevocationEntry, RevocationLog, Version
from server.timestamps import from_seconds
from storage.base import SHARDS, LogEntry

# The log has notices between nodes too, which are nobody else's business.
_REVOCATIONS = frozenset(Kind)


class Service:
    """The handlers, over one node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def alive(self, request: Request) -> Response:
        return json_response(200, Health())

    async def ready(self, request: Request) -> Response:
        """Ready when the whole revocation log is known and the database answers."""
        if not self._node.feed.synced:
            raise Problem("SERVICE_UNAVAILABLE", "The revocation log is still being read.")
        if not self._node.ready:
            raise not_fresh()
        await self._node.store.positions()
        return json_response(200, Health())

    async def version(self, request: Request) -> Response:
        version = importlib.metadata.version("marzipan")
        return json_response(200, Version(version, platform.python_version()))

    async def revocations(self, request: Request) -> Response:
        """The log of one tenant, in order per shard; `after` is what `positions` said before."""
        query = parse_query(request.query)
        only(query, "page_size", "after")
        size = min(max(integer(query, "page_size", 100), 1), 1000)
        after = _positions(query.get("after", ""))
        node, entries = self._node, []
        for shard in range(SHARDS):
            for entry in await node.store.read(shard, after[shard], size):
                after[shard] = entry.seq
                if entry.tenant == node.tenant.name and entry.kind in _REVOCATIONS:
                    entries.append(entry)
        told = tuple(_told(entry) for entry in sorted(entries, key=lambda entry: entry.at))
        return json_response(200, RevocationLog(told, ",".join(map(str, after))))


def _told(entry: LogEntry) -> RevocationEntry:
    return RevocationEntry(
        revision=f"{entry.shard}:{entry.seq}",
        kind=Kind(entry.kind).name.lower(),
        target=key_id_text(entry.target),
        value=str(entry.value),
        reason=entry.reason,
        time=from_seconds(entry.at),
        expire_time=from_seconds(entry.expires_at),
    )


def _positions(text: str) -> list[int]:
    if not text:
        return [0] * SHARDS
    parts = text.split(",")
    if len(parts) != SHARDS or not all(re.fullmatch(r"[0-9]{1,18}", part) for part in parts):
        raise invalid("after", "must be the positions of an earlier answer")
    return [int(part) for part in parts]
