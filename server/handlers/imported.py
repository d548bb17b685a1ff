"""Imported keys: import one or many, list, get, update, revoke, delete."""

import logging
from collections import Counter

import msgspec

from server import keys
from server.asgi import Request, Response, json_response
from server.importing import NewImport, import_batch, import_key
from server.keyids import key_id_text, parse_key_id
from server.listing import page
from server.node import Node
from server.problems import Problem, invalid, problem_for
from server.query import parse_query
from server.schemas import (
    BatchImportResponse,
    ImportFault,
    ImportRequest,
    ImportResult,
    IssuedApiKey,
    ListImportedResponse,
    RevocationReason,
    RevokeRequest,
    decode,
    decode_items,
    decode_update,
    issued_api_key,
    parse_mask,
)
from server.schemas.imported import MOST, fault_of
from storage.base import KeyKind, StoredKey

PATH = "/v2alpha1/admin/importedApiKeys"
_log = logging.getLogger("marzipan.http")


class ImportedKeys:
    """The handlers, over one node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def import_one(self, request: Request) -> Response:
        new = _new(decode(ImportRequest, request.body))
        key = await import_key(self._node, self._node.tenant, new, request.caller)
        location = f"{PATH}/{key_id_text(key.key_id)}".encode()
        return json_response(201, await self._shown(key), ((b"location", location),))

    async def import_many(self, request: Request) -> Response:
        items: list[NewImport | Problem] = []
        for raw in decode_items(request.body, MOST):
            try:
                items.append(_new(decode(ImportRequest, bytes(raw))))
            except Problem as problem:
                items.append(problem)
        done = await import_batch(self._node, self._node.tenant, items, request.caller)
        results = [self._result(request, index, each) for index, each in enumerate(done)]
        failed = sum(result.imported_api_key is None for result in results)
        if failed == len(results):
            raise _none_imported(results, done)
        body = BatchImportResponse(tuple(results), len(results) - failed, failed)
        return json_response(200, body)

    async def list(self, request: Request) -> Response:
        node = self._node
        found, token = await page(node, KeyKind.IMPORTED, request.query)
        used = await node.store.last_used(node.tenant.name, [key.key_id for key in found])
        now = node.now()
        shown = [issued_api_key(k, now=now, last_used_ms=used.get(k.key_id)) for k in found]
        return json_response(200, ListImportedResponse(tuple(shown), token))

    async def get(self, request: Request) -> Response:
        return json_response(200, await self._shown(await self._key(request)))

    async def update(self, request: Request) -> Response:
        mask = parse_mask(parse_query(request.query).get("update_mask", ""))
        fields = decode_update(request.body).changes(mask).fields()
        key_id, node = (await self._key(request)).key_id, self._node
        key = await keys.update(
            node,
            node.tenant,
            key_id,
            lambda old: msgspec.structs.replace(old, **fields),
            request.caller,
        )
        return json_response(200, await self._shown(key))

    async def revoke(self, request: Request) -> Response:
        body = decode(RevokeRequest, request.body)
        if body.reason is RevocationReason.UNSPECIFIED:
            raise invalid("reason", "is required: say why, such as REVOCATION_REASON_SUPERSEDED")
        key_id, node = (await self._key(request)).key_id, self._node
        reason = body.reason.number
        await keys.revoke(node, node.tenant, key_id, reason, body.description, request.caller)
        return Response(204)

    async def delete(self, request: Request) -> Response:
        key_id, node = (await self._key(request)).key_id, self._node
        await keys.delete(node, node.tenant, key_id, request.caller)
        return Response(204)

    async def _key(self, request: Request) -> StoredKey:
        key_id = parse_key_id(request.params["key_id"])
        key = await self._node.store.get(self._node.tenant.name, key_id)
        if key is None or key.kind is not KeyKind.IMPORTED:
            raise Problem("API_KEY_NOT_FOUND", "There is no imported API key with this id.")
        return key

    async def _shown(self, key: StoredKey) -> IssuedApiKey:
        used = await self._node.store.last_used(key.tenant, [key.key_id])
        return issued_api_key(key, now=self._node.now(), last_used_ms=used.get(key.key_id))

    def _result(
        self, request: Request, index: int, done: StoredKey | BaseException
    ) -> ImportResult:
        if isinstance(done, StoredKey):
            return ImportResult(index, issued_api_key(done, now=self._node.now()))
        problem = problem_for(done)
        if problem.http == 500:
            extra = {"request_id": request.request_id}
            _log.error("unforeseen error in a batch", exc_info=done, extra=extra)
        return ImportResult(index, None, fault_of(problem), problem.message)


def _new(body: ImportRequest) -> NewImport:
    terms = keys.NewKey(
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
    return NewImport(body.raw_key, terms)


def _none_imported(
    results: list[ImportResult], done: list[StoredKey | BaseException]
) -> BaseException:
    """What a batch is answered of which nothing was imported: its most frequent fault."""
    counts = Counter(result.error_code for result in results)
    fault = max(ImportFault, key=lambda each: counts[each])
    index = next(result.index for result in results if result.error_code is fault)
    error = done[index]
    if fault is ImportFault.INTERNAL or not isinstance(error, Problem):
        return error if isinstance(error, BaseException) else Problem("INTERNAL_SERVER_ERROR", "")
    message = f"None of {len(results)} keys was imported. requests[{index}]: {error.message}"
    return Problem(error.reason, message, error.metadata)
