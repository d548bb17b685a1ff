"""Suspend, resume, extend, revoke the children of: keys of both kinds, which all answer the key."""

from collections.abc import Awaitable, Callable

from server import lifecycle
from server.asgi import Request, Response, json_response
from server.handlers.storedkeys import shown
from server.keyids import parse_key_id
from server.node import Node, Tenant
from server.schemas import ExtendRequest, NoRequest, decode
from storage.base import StoredKey

Act = Callable[[Node, Tenant, bytes, str], Awaitable[StoredKey]]


class Lifecycle:
    """The handlers, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def suspend(self, request: Request) -> Response:
        return await self._act(request, lifecycle.suspend)

    async def resume(self, request: Request) -> Response:
        return await self._act(request, lifecycle.resume)

    async def revoke_children(self, request: Request) -> Response:
        return await self._act(request, lifecycle.revoke_children)

    async def extend(self, request: Request) -> Response:
        key_id, node = parse_key_id(request.params["key_id"]), self._node
        body = decode(ExtendRequest, request.body)
        end = lifecycle.NewEnd(*body.end(node.now()))
        return await self._told(
            await lifecycle.extend(node, self._tenant, key_id, end, request.caller)
        )

    async def _act(self, request: Request, act: Act) -> Response:
        key_id = parse_key_id(request.params["key_id"])
        decode(NoRequest, request.body)
        return await self._told(await act(self._node, self._tenant, key_id, request.caller))

    async def _told(self, key: StoredKey) -> Response:
        (resource,) = await shown(self._node, self._tenant, [key])
        return json_response(200, resource)
