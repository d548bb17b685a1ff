"""What is done with a credential in hand: derive from it, revoke oneself."""

import msgspec

from server.asgi import Request, Response, json_response
from server.client import client_ip
from server.deriving import Wish, derive
from server.keyids import key_id_text
from server.node import Node, Tenant
from server.possession import self_revoke
from server.schemas import (
    DerivedToken,
    DeriveRequest,
    DeriveResponse,
    SelfRevokeRequest,
    SelfRevokeResponse,
    TokenAlgorithm,
    decode,
)
from server.throttle import throttle
from server.timestamps import from_seconds

_NO_STORE = ((b"cache-control", b"no-store"),)


class Credentials:
    """The handlers, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def derive(self, request: Request) -> Response:
        body = decode(DeriveRequest, request.body)
        wish = Wish(
            ttl=body.ttl_seconds(),
            scopes=body.scopes,
            audiences=body.audiences,
            claims=body.custom_claims or {},
            jwt=body.algorithm is not TokenAlgorithm.MACAROON,
        )
        node = self._node
        ip = client_ip(node, request)
        derived = await derive(node, self._tenant, body.credential, wish, ip, request.caller)
        grant_id = derived.minted.grant_id
        token = DerivedToken(
            token=derived.minted.text,
            expire_time=from_seconds(derived.expires_at),
            scopes=derived.scopes,
            claims=msgspec.Raw(msgspec.json.encode(derived.claims)) if derived.claims else None,
            audiences=derived.audiences or (),
            grant_id=key_id_text(grant_id) if grant_id else "",
        )
        return json_response(200, DeriveResponse(token), _NO_STORE)

    async def self_revoke(self, request: Request) -> Response:
        body = decode(SelfRevokeRequest, request.body)
        throttle(self._node, self._tenant, request)
        await self_revoke(self._node, self._tenant, body.credential, body.reason.number)
        return json_response(200, SelfRevokeResponse())
