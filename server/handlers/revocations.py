"""Revoking what has no row of its own: a derived or a narrowed token, by its id."""

from server.asgi import Request, Response, json_response
from server.node import Node, Tenant
from server.revoking import revoke_link
from server.schemas import decode
from server.schemas.revocations import RevocationRequest, revocation_response


class Revocations:
    """The handler, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def add(self, request: Request) -> Response:
        """Revoke one grant or block and everything below it; again is success and says so."""
        body = decode(RevocationRequest, request.body)
        node, link = self._node, body.link()
        entry = await revoke_link(node, self._tenant, link, body.key(), body.why(), request.caller)
        return json_response(200, revocation_response(link.kind, link.target, entry))
