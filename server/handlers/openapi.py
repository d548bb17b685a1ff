"""The description of the served routes, for tools that make clients and documentation."""

import hashlib
from collections.abc import Sequence
from functools import cached_property

import msgspec

from server.asgi import Request, Response
from server.openapi.document import build
from server.routes import Route

MAX_AGE_S = 300

_CACHED = (b"cache-control", b"public, max-age=%d" % MAX_AGE_S)
_JSON = (b"content-type", b"application/json")


class OpenApi:
    """The handler, over the routes of a table. The document is made once, when it is asked for."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes

    async def get(self, request: Request) -> Response:
        asked = request.headers.get(b"if-none-match", b"").split(b",")
        known = {each.strip().removeprefix(b"W/") for each in asked}
        if known & {b"*", self.etag}:
            return Response(304, b"", (_CACHED, (b"etag", self.etag)))
        return Response(200, self.document, (_JSON, _CACHED, (b"etag", self.etag)))

    @cached_property
    def document(self) -> bytes:
        """The document, encoded."""
        return msgspec.json.encode(build(self._routes))

    @cached_property
    def etag(self) -> bytes:
        """The version of the document."""
        return b'"%s"' % hashlib.sha256(self.document).hexdigest()[:32].encode()
