"""Tokens over HTTP: attenuate, inspect, explain, revoke by possession."""

import msgspec

from engine import TokenError, attenuate, inspect, seal
from engine.formats.jwt import inspect as inspect_jwt
from engine.formats.jwt import looks_like_jwt
from server.asgi import Request, Response, json_response
from server.caveatjson import many_from_json
from server.client import client_ip
from server.explaining import explain
from server.keyids import key_id_text
from server.leaked import revoke_found
from server.node import Node, Tenant
from server.possession import KEY_COMPROMISE, revoke_last_link
from server.problems import Problem, invalid
from server.readings import explained, jwt_reading, reading
from server.schemas import Context, decode
from server.schemas.leaked import BatchRevokeRequest, BatchRevokeResponse
from server.schemas.revocations import revocation_response
from server.schemas.tokens import AttenuateRequest, AttenuateResponse, ExplainRequest, TokenRequest
from server.throttle import throttle

_NO_STORE = ((b"cache-control", b"no-store"),)

_NOTHING = Context()


class Tokens:
    """The handlers, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def attenuate(self, request: Request) -> Response:
        """The same as offline; whoever can should do it there."""
        body = decode(AttenuateRequest, request.body)
        prefixes = self._tenant.prefixes
        token, revocation_id = body.credential, None
        if not body.caveats and not body.seal:
            raise invalid("caveats", "must be a list of at least one caveat")
        if looks_like_jwt(token):
            raise invalid(
                "credential", "is a JWT, which can't be narrowed: derive TOKEN_ALGORITHM_MACAROON"
            )
        try:
            if body.caveats:
                caveats = many_from_json(body.caveats)
                narrowed = attenuate(token, *caveats, prefixes=prefixes)
                token, revocation_id = narrowed.text, key_id_text(narrowed.revocation_id)
            if body.seal:
                token = seal(token, prefixes=prefixes)
        except TokenError as error:
            raise invalid("credential", f"is no token: {error}") from None
        except ValueError as error:
            raise Problem("BAD_REQUEST", str(error)) from None
        return json_response(200, AttenuateResponse(token, revocation_id), _NO_STORE)

    async def inspect(self, request: Request) -> Response:
        body = decode(TokenRequest, request.body)
        try:
            if looks_like_jwt(body.credential):
                told = jwt_reading(inspect_jwt(body.credential))
            else:
                told = reading(inspect(body.credential, prefixes=self._tenant.prefixes))
        except TokenError as error:
            raise invalid("credential", f"is no token: {error}") from None
        return json_response(200, told, _NO_STORE)

    async def explain(self, request: Request) -> Response:
        body = decode(ExplainRequest, request.body)
        node, tenant = self._node, self._tenant
        at = body.at_seconds()
        now = node.now() if at is None else at
        access = (body.context or _NOTHING).access(now)
        if access.client_ip is None:
            access = msgspec.structs.replace(access, client_ip=client_ip(node, request))
        explanation = await explain(node, tenant, body.credential, access)
        return json_response(200, explained(explanation), _NO_STORE)

    async def revoke(self, request: Request) -> Response:
        body = decode(TokenRequest, request.body)
        throttle(self._node, self._tenant, request)
        return json_response(
            200,
            revocation_response(*await revoke_last_link(self._node, self._tenant, body.credential)),
        )

    async def batch_revoke(self, request: Request) -> Response:
        """For credentials that were found: what is none does no harm to the others."""
        body = decode(BatchRevokeRequest, request.body)
        throttle(self._node, self._tenant, request, len(body.credentials))
        reason = body.reason.number or KEY_COMPROMISE
        results = await revoke_found(self._node, self._tenant, body.credentials, reason)
        return json_response(200, BatchRevokeResponse(results))
