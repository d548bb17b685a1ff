"""What issued and imported keys have in common: list, get, update, revoke."""

from collections.abc import Sequence

import msgspec

from server import keys
from server.asgi import Request, Response, json_response
from server.changing import is_revoked
from server.keyids import parse_key_id
from server.listing import page
from server.node import Node, Tenant
from server.problems import Problem
from server.query import parse_query
from server.schemas import (
    IssuedApiKey,
    IssueRequest,
    RevokeRequest,
    decode,
    decode_update,
    issued_api_key,
    parse_mask,
)
from storage.base import KeyKind, StoredKey


class StoredKeys:
    """The handlers over the keys of one kind; those of the other are not there."""

    kind: KeyKind
    absent: str

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def get(self, request: Request) -> Response:
        key = await self._key(parse_key_id(request.params["key_id"]))
        return json_response(200, await self._shown(key))

    async def update(self, request: Request) -> Response:
        key_id = parse_key_id(request.params["key_id"])
        mask = parse_mask(parse_query(request.query).get("update_mask", ""))
        fields = decode_update(request.body).changes(mask).fields()
        await self._key(key_id)
        node = self._node
        key = await keys.update(
            node,
            self._tenant,
            key_id,
            lambda old: msgspec.structs.replace(old, **fields),
            request.caller,
        )
        return json_response(200, await self._shown(key))

    async def revoke(self, request: Request) -> Response:
        key_id = parse_key_id(request.params["key_id"])
        body = decode(RevokeRequest, request.body)
        reason, node = body.number(), self._node
        await self._key(key_id)
        await keys.revoke(node, self._tenant, key_id, reason, body.description, request.caller)
        return Response(204)

    async def _page(self, request: Request) -> tuple[Sequence[IssuedApiKey], str]:
        """The keys that the query asks for, and the token of the next page."""
        node = self._node
        found, token = await page(node, self._tenant, self.kind, request.query)
        return await shown(node, self._tenant, found), token

    async def _key(self, key_id: bytes) -> StoredKey:
        key = await self._node.store.get(self._tenant.name, key_id)
        if key is None or key.kind is not self.kind:
            raise Problem("API_KEY_NOT_FOUND", self.absent)
        return key

    async def _shown(self, key: StoredKey) -> IssuedApiKey:
        (resource,) = await shown(self._node, self._tenant, [key])
        return resource


async def shown(node: Node, tenant: Tenant, keys: Sequence[StoredKey]) -> list[IssuedApiKey]:
    """Keys of a tenant as the wire shows them now, with their last uses."""
    used = await node.store.last_used(tenant.name, [key.key_id for key in keys])
    return [
        issued_api_key(
            key,
            now=node.now(),
            last_used_ms=used.get(key.key_id),
            revoked=is_revoked(tenant, key),
        )
        for key in keys
    ]


def new_key(body: IssueRequest) -> keys.NewKey:
    """What the body asks a new key to be."""
    return keys.NewKey(
        name=body.name,
        actor=body.actor_id,
        scopes=body.scopes,
        ttl=body.ttl_seconds(),
        metadata=body.metadata_bytes(),
        networks=body.networks(),
        limit=body.limit(),
        visibility=body.visibility.stored(),
        request_id=body.request_id,
    )
