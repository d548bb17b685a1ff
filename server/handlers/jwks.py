"""The public keys by which anybody verifies derived JWTs."""

import msgspec

from server.asgi import Request, Response, json_response
from server.node import Node
from server.problems import Problem
from server.schemas.service import Jwk, JwkSet, JwksResponse

MAX_AGE_S = 300

_CACHED = ((b"cache-control", b"public, max-age=%d" % MAX_AGE_S),)


class Jwks:
    """The handler, over one node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def get(self, request: Request) -> Response:
        now = self._node.now()
        published = (key for key in self._node.signing_keys if not key.public.ended(now))
        keys = tuple(msgspec.convert(key.public_jwk(), Jwk) for key in published)
        if not keys:
            raise Problem(
                "INTERNAL_SERVER_ERROR",
                "This server has no key to sign JWTs with; its operator makes one with "
                "`marzipan signing-keys generate`.",
            )
        return json_response(200, JwksResponse(JwkSet(keys), keys), _CACHED)
