"""The revocation log: a page of it, a page as soon as there is one, or all that comes."""

import re

from server import sse
from server.asgi import Admit, Request, Response, json_response
from server.durations import parse_duration
from server.following import follow, of_tenant, positions_text
from server.node import Node, Tenant
from server.problems import invalid
from server.query import integer, only, parse_query
from server.schemas import service
from server.schemas.service import told_entry
from storage.base import SHARDS, LogEntry

LONGEST_WAIT_S = 60
_NO_STORE = ((b"cache-control", b"no-store"),)


class RevocationLog:
    """The handler, over one node. `admit` is asked again while an answer stays open."""

    def __init__(self, node: Node, tenant: Tenant, admit: Admit) -> None:
        self._node = node
        self._tenant = tenant
        self._admit = admit

    async def get(self, request: Request) -> Response:
        """The log of one tenant, in order per shard; `after` is what `positions` said before."""
        query = parse_query(request.query)
        only(query, "page_size", "after", "wait")
        size = min(max(integer(query, "page_size", 100), 1), 1000)
        wait = query.get("wait", "")
        patience = parse_duration(wait, "wait", minimum=0, maximum=LONGEST_WAIT_S) if wait else 0
        after = self._after("after", query.get("after", ""))
        if sse.wanted(request.headers.get(b"accept", b"")):
            return self._stream(request, after)
        entries = await self._read(after, size)
        if patience and not entries:
            entries = await self._awaited(request, after, size, patience)
        told = tuple(told_entry(entry) for entry in sorted(entries, key=lambda entry: entry.at))
        return json_response(200, service.RevocationLog(told, positions_text(after)), _NO_STORE)

    def _stream(self, request: Request, after: list[int]) -> Response:
        node = self._node
        if last := request.headers.get(b"last-event-id", b"").decode("latin-1"):
            after = self._after("header last-event-id", last)
        node.streams.require_room()
        tenant, admit = self._tenant.name, self._admit
        return Response(
            200,
            headers=sse.HEADERS,
            chunks=lambda: follow(node, tenant, after, lambda: admit(request)),
        )

    async def _awaited(
        self, request: Request, after: list[int], size: int, patience: int
    ) -> list[LogEntry]:
        """What comes behind `after` within so many seconds, whoever may still be told then."""
        node, entries = self._node, list[LogEntry]()
        until = node.freshness.clock() + patience
        with node.streams.place():
            while not entries and not node.streams.closed:
                if node.pages.moved(after):
                    entries = of_tenant(await node.pages.read(after, size), self._tenant.name)
                elif (left := until - node.freshness.clock()) > 0:
                    await node.streams.wait(node.feed.moved(), left)
                else:
                    break
        await self._admit(request)
        return entries

    async def _read(self, after: list[int], size: int) -> list[LogEntry]:
        entries: list[LogEntry] = []
        for shard in range(SHARDS):
            page = await self._node.store.read(shard, after[shard], size)
            if page:
                after[shard] = page[-1].seq
            entries += of_tenant(page, self._tenant.name)
        return entries

    def _after(self, field: str, text: str) -> list[int]:
        if not text:
            return [0] * SHARDS
        if text == "now":
            return list(self._node.feed.positions)
        parts = text.split(",")
        if len(parts) != SHARDS or not all(re.fullmatch(r"[0-9]{1,18}", part) for part in parts):
            raise invalid(field, "must be the positions of an earlier answer, or now")
        return [int(part) for part in parts]
