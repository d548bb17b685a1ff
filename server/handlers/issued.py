"""Issued keys: issue, list, get, update, rotate, revoke."""

import msgspec

from engine import Visibility
from server import keys
from server.asgi import Request, Response, json_response
from server.keyids import key_id_text, parse_key_id
from server.listing import page
from server.node import Node
from server.problems import Problem, invalid
from server.query import parse_query
from server.schemas import (
    IssuedApiKey,
    IssueRequest,
    IssueResponse,
    KeyVisibility,
    ListResponse,
    RevocationReason,
    RevokeRequest,
    RotateRequest,
    RotateResponse,
    decode,
    decode_update,
    issued_api_key,
    parse_mask,
)
from storage.base import KeyKind, StoredKey
from storage.errors import RequestReplayed

PATH = "/v2alpha1/admin/issuedApiKeys"


class IssuedKeys:
    """The handlers, over one node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def issue(self, request: Request) -> Response:
        body = decode(IssueRequest, request.body)
        new = keys.NewKey(
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
        node = self._node
        try:
            issued = await keys.issue(node, node.tenant, new, request.caller)
            key, secret = issued.key, issued.text
        except RequestReplayed as replayed:
            key, secret = await self._key(replayed.key_id), ""
        return _created(key, IssueResponse(await self._shown(key), secret))

    async def list(self, request: Request) -> Response:
        node = self._node
        found, token = await page(node, KeyKind.ISSUED, request.query)
        used = await node.store.last_used(node.tenant.name, [key.key_id for key in found])
        now = node.now()
        shown = [issued_api_key(k, now=now, last_used_ms=used.get(k.key_id)) for k in found]
        return json_response(200, ListResponse(tuple(shown), token))

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
            node.tenant,
            key_id,
            lambda old: msgspec.structs.replace(old, **fields),
            request.caller,
        )
        return json_response(200, await self._shown(key))

    async def rotate(self, request: Request) -> Response:
        key_id = parse_key_id(request.params["key_id"])
        body = decode(RotateRequest, request.body)
        fields = body.changes().fields()
        if body.visibility is not msgspec.UNSET:
            public = body.visibility is KeyVisibility.PUBLIC
            fields["visibility"] = Visibility.PUBLIC if public else Visibility.SECRET
        node = self._node
        await self._key(key_id)
        issued, old = await keys.rotate(
            node,
            node.tenant,
            key_id,
            lambda key: msgspec.structs.replace(key, **fields),
            body.grace_seconds(),
            request.caller,
        )
        shown, old_shown = await self._shown(issued.key), await self._shown(old)
        return _created(issued.key, RotateResponse(shown, issued.text, old_shown))

    async def revoke(self, request: Request) -> Response:
        key_id = parse_key_id(request.params["key_id"])
        body = decode(RevokeRequest, request.body)
        if body.reason is RevocationReason.UNSPECIFIED:
            raise invalid("reason", "is required: say why, such as REVOCATION_REASON_SUPERSEDED")
        await self._key(key_id)
        node = self._node
        await keys.revoke(
            node, node.tenant, key_id, body.reason.number, body.description, request.caller
        )
        return Response(204)

    async def _key(self, key_id: bytes) -> StoredKey:
        key = await self._node.store.get(self._node.tenant.name, key_id)
        if key is None or key.kind is not KeyKind.ISSUED:
            raise Problem("API_KEY_NOT_FOUND", "There is no API key with this id.")
        return key

    async def _shown(self, key: StoredKey) -> IssuedApiKey:
        used = await self._node.store.last_used(key.tenant, [key.key_id])
        return issued_api_key(key, now=self._node.now(), last_used_ms=used.get(key.key_id))


def _created(key: StoredKey, body: IssueResponse | RotateResponse) -> Response:
    location = f"{PATH}/{key_id_text(key.key_id)}".encode()
    return json_response(201, body, ((b"location", location), (b"cache-control", b"no-store")))
