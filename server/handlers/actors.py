"""Revoking an actor: every key that was issued to it, and what was delegated to it."""

from server.actors import Why, revoke_actor
from server.asgi import Request, Response, json_response
from server.node import Node, Tenant
from server.schemas import ActorRevocation, RevokeRequest, decode, limits
from server.timestamps import from_seconds


class Actors:
    """The handler, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def revoke(self, request: Request) -> Response:
        """Any name may be revoked: an agent may be known from `Delegate` caveats alone."""
        actor, node = request.params["actor_id"], self._node
        limits.actor(actor)
        body = decode(RevokeRequest, request.body)
        why = Why(body.number(), body.description, request.caller)
        done = await revoke_actor(node, self._tenant, actor, why)
        told = ActorRevocation(
            actor_id=actor,
            issued_until=from_seconds(done.issued_until),
            revisions=tuple(f"{entry.shard}:{entry.seq}" for entry in done.entries),
            revoked_keys=done.marked,
        )
        return json_response(200, told)
