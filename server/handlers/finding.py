"""Finding keys of either kind: by what they are, by their id, and by what they hang on."""

from typing import TypeVar

import msgspec

from server.asgi import Request, Response, json_response
from server.changing import is_revoked
from server.keyids import parse_key_id
from server.lineage import rotations, tokens
from server.node import Node, Tenant
from server.problems import Problem
from server.query import integer, only, parse_query
from server.schemas.finding import KeysResponse, found_api_key, key_query
from server.schemas.lineage import LineageResponse
from server.searching import search
from storage.base import AuditPosition, KeyPosition, StoredKey

Position = TypeVar("Position", KeyPosition, AuditPosition)


class Finding:
    """The handlers, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def search(self, request: Request) -> Response:
        asked = key_query(request.query)
        listing = asked.listing()
        before = self._position(asked.page_token, listing, KeyPosition)
        found, following = await search(self._node, self._tenant, asked, before)
        return json_response(200, KeysResponse(tuple(found), self._token(following, listing)))

    async def get(self, request: Request) -> Response:
        key, node = await self._key(request), self._node
        used = await node.store.last_used(key.tenant, [key.key_id])
        shown = found_api_key(
            key,
            now=node.now(),
            last_used_ms=used.get(key.key_id),
            revoked=is_revoked(self._tenant, key),
        )
        return json_response(200, shown)

    async def lineage(self, request: Request) -> Response:
        query, node = parse_query(request.query), self._node
        only(query, "page_size", "page_token")
        size = integer(query, "page_size", 0)
        size = min(size, 1000) if size > 0 else 100
        key = await self._key(request)
        listing = f"lineage {key.key_id.hex()}"
        before = self._position(query.get("page_token", ""), listing, AuditPosition)
        derived, following = await tokens(node, self._tenant, key, size, before)
        keys = await rotations(node, self._tenant, key)
        token = self._token(following, listing)
        return json_response(200, LineageResponse(tuple(keys), tuple(derived), token))

    async def _key(self, request: Request) -> StoredKey:
        key_id = parse_key_id(request.params["key_id"])
        key = await self._node.store.get(self._tenant.name, key_id)
        if key is None:
            raise Problem("API_KEY_NOT_FOUND", "There is no API key with this id, of either kind.")
        return key

    def _position(self, token: str, listing: str, type_: type[Position]) -> Position | None:
        packed = self._node.pager.last(token, tenant=self._tenant.name, listing=listing)
        return None if packed is None else msgspec.msgpack.decode(packed, type=type_)

    def _token(self, position: KeyPosition | AuditPosition | None, listing: str) -> str:
        if position is None:
            return ""
        packed = msgspec.msgpack.encode(position)
        return self._node.pager.token(packed, tenant=self._tenant.name, listing=listing)
