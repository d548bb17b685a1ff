"""The server about itself: health and version."""

import importlib.metadata
import platform

from server.asgi import Request, Response, json_response
from server.freshness import not_fresh
from server.node import Node, Tenant
from server.problems import Problem
from server.schemas.service import Health, Version


class Service:
    """The handlers, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

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
