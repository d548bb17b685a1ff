"""Imported keys: import one or many, list, get, update, revoke, delete."""

import logging
from collections import Counter

from server import keys
from server.asgi import Request, Response, json_response
from server.handlers.storedkeys import StoredKeys, new_key
from server.importing import NewImport, import_batch, import_key
from server.keyids import key_id_text, parse_key_id
from server.problems import Problem, problem_for
from server.schemas import (
    BatchImportResponse,
    ImportFault,
    ImportRequest,
    ImportResult,
    ListImportedResponse,
    decode,
    decode_items,
    issued_api_key,
)
from server.schemas.imported import MOST, fault_of
from storage.base import KeyKind, StoredKey

PATH = "/v2alpha1/admin/importedApiKeys"
_log = logging.getLogger("marzipan.http")


class ImportedKeys(StoredKeys):
    """The handlers of imported keys."""

    kind = KeyKind.IMPORTED
    absent = "There is no imported API key with this id."

    async def import_one(self, request: Request) -> Response:
        new = _new(decode(ImportRequest, request.body))
        key = await import_key(self._node, self._tenant, new, request.caller)
        location = f"{request.base}{PATH}/{key_id_text(key.key_id)}".encode()
        return json_response(201, await self._shown(key), ((b"location", location),))

    async def import_many(self, request: Request) -> Response:
        items: list[NewImport | Problem] = []
        for raw in decode_items(request.body, MOST):
            try:
                items.append(_new(decode(ImportRequest, bytes(raw))))
            except Problem as problem:
                items.append(problem)
        done = await import_batch(self._node, self._tenant, items, request.caller)
        results = [self._result(request, index, each) for index, each in enumerate(done)]
        failed = sum(result.imported_api_key is None for result in results)
        if failed == len(results):
            raise _none_imported(results, done)
        body = BatchImportResponse(tuple(results), len(results) - failed, failed)
        return json_response(200, body)

    async def list(self, request: Request) -> Response:
        shown, token = await self._page(request)
        return json_response(200, ListImportedResponse(tuple(shown), token))

    async def delete(self, request: Request) -> Response:
        key_id, node = parse_key_id(request.params["key_id"]), self._node
        await self._key(key_id)
        await keys.delete(node, self._tenant, key_id, request.caller)
        return Response(204)

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
    known = None if body.key_hash is None else body.key_hash.known()
    return NewImport(body.raw_key, new_key(body), known)


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
