"""Issued keys: issue, list, get, update, rotate, revoke."""

import msgspec

from server.asgi import Request, Response, json_response
from server.handlers.storedkeys import StoredKeys, new_key
from server.keyids import key_id_text, parse_key_id
from server.keys import issue
from server.problems import Problem
from server.rotating import rotate
from server.schemas import (
    IssueRequest,
    IssueResponse,
    KeyVisibility,
    ListResponse,
    RotateRequest,
    RotateResponse,
    decode,
)
from storage.base import KeyKind, StoredKey
from storage.errors import RequestReplayed

PATH = "/v2alpha1/admin/issuedApiKeys"


class IssuedKeys(StoredKeys):
    """The handlers of issued keys."""

    kind = KeyKind.ISSUED
    absent = "There is no API key with this id."

    async def issue(self, request: Request) -> Response:
        new = new_key(decode(IssueRequest, request.body))
        node = self._node
        try:
            issued = await issue(node, self._tenant, new, request.caller)
            key, secret = issued.key, issued.text
        except RequestReplayed as replayed:
            key, secret = await self._replayed(replayed.key_id), ""
        return _created(request, key, IssueResponse(await self._shown(key), secret))

    async def _replayed(self, key_id: bytes) -> StoredKey:
        key = await self._node.store.get(self._tenant.name, key_id)
        if key is None or key.kind is not self.kind:
            raise Problem("CONFLICT", "request_id was used for another key, by an import.")
        return key

    async def list(self, request: Request) -> Response:
        shown, token = await self._page(request)
        return json_response(200, ListResponse(tuple(shown), token))

    async def rotate(self, request: Request) -> Response:
        key_id = parse_key_id(request.params["key_id"])
        body = decode(RotateRequest, request.body)
        fields = body.changes().fields()
        if body.visibility is not KeyVisibility.UNSPECIFIED:
            fields["visibility"] = body.visibility.stored()
        node = self._node
        await self._key(key_id)
        issued, old = await rotate(
            node,
            self._tenant,
            key_id,
            lambda key: msgspec.structs.replace(key, **fields),
            body.grace_seconds(),
            request.caller,
        )
        shown, old_shown = await self._shown(issued.key), await self._shown(old)
        return _created(request, issued.key, RotateResponse(shown, issued.text, old_shown))


def _created(request: Request, key: StoredKey, body: IssueResponse | RotateResponse) -> Response:
    location = f"{request.base}{PATH}/{key_id_text(key.key_id)}".encode()
    return json_response(201, body, ((b"location", location), (b"cache-control", b"no-store")))
