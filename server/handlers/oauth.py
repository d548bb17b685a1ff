"""The standard endpoints around tokens: introspect, revoke, exchange, and where they are."""

import re

from server.asgi import Request, Response, json_response
from server.client import client_ip
from server.current import reach
from server.deriving import Derived, Wish, derive
from server.introspecting import introspect
from server.keyids import key_id_text
from server.node import Node, Tenant
from server.oautherrors import NO_STORE, OAuthError
from server.possession import revoke_last_link
from server.problems import Problem
from server.schemas.oauth import (
    ACCESS_TOKEN,
    JWT,
    ExchangeForm,
    ExchangeResponse,
    IntrospectForm,
    RevokeForm,
    ServerMetadata,
    scope_text,
)
from server.throttle import throttle
from server.urlencoded import decode_form

INTROSPECT = "/v1/oauth2/introspect"
REVOKE = "/v1/oauth2/revoke"
TOKEN = "/v1/oauth2/token"
METADATA = "/.well-known/oauth-authorization-server"

_JSON = ((b"content-type", b"application/json"), *NO_STORE)
_ISSUER = re.compile(r"https?://[^/?#]+[^?#]*")
_CACHED = ((b"cache-control", b"public, max-age=300"),)


class OAuth:
    """The handlers, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def introspect(self, request: Request) -> Response:
        """RFC 7662. The connection is the resource server's: its address says nothing here."""
        form, node = decode_form(IntrospectForm, request), self._node
        await reach(node, form.revision())
        told = await introspect(
            node, self._tenant, form.token, form.access(node.now()), form.audience
        )
        return Response(200, told, _JSON)

    async def revoke(self, request: Request) -> Response:
        """RFC 7009: whoever holds the token may. What is no token, or dead already, is a 200."""
        form = decode_form(RevokeForm, request)
        throttle(self._node, self._tenant, request)
        try:
            await revoke_last_link(self._node, self._tenant, form.token)
        except Problem as problem:
            if problem.reason == "FORBIDDEN":
                raise OAuthError("unsupported_token_type", problem.message) from None
            if problem.reason != "NOT_FOUND":
                raise
        return Response(200, b"", NO_STORE)

    async def exchange(self, request: Request) -> Response:
        """RFC 8693: the same as derive, by the same rules."""
        form, node = decode_form(ExchangeForm, request), self._node
        wish = Wish(
            ttl=form.ttl_seconds(),
            scopes=tuple(form.scope.split()),
            audiences=tuple(filter(None, form.audience)),
            jwt=form.jwt,
        )
        derived = await self._derived(form, wish, request)
        grant_id = derived.minted.grant_id
        told = ExchangeResponse(
            access_token=derived.minted.text,
            issued_token_type=JWT if form.jwt else ACCESS_TOKEN,
            token_type="Bearer",
            expires_in=derived.expires_at - node.now(),
            scope=scope_text(derived.scopes),
            grant_id=key_id_text(grant_id) if grant_id else "",
        )
        return json_response(200, told, NO_STORE)

    async def _derived(self, form: ExchangeForm, wish: Wish, request: Request) -> Derived:
        node, ip = self._node, client_ip(self._node, request)
        try:
            return await derive(node, self._tenant, form.subject_token, wish, ip, request.caller)
        except Problem as problem:
            if problem.http >= 429:
                raise
            # Whatever is wrong with the subject token is a 400 here: the caller's own key is good.
            scopes = problem.metadata.get("field") == "scopes"
            word = "invalid_scope" if scopes else "invalid_request"
            raise OAuthError(word, problem.message) from None

    async def metadata(self, request: Request) -> Response:
        """RFC 8414, for an issuer that is a URL; what stands in front may have cut off its path."""
        issuer = self._tenant.settings.issuer
        if not _ISSUER.fullmatch(issuer):
            raise Problem("NOT_FOUND", "The configured issuer is no URL, and so has no metadata.")
        base = issuer.rstrip("/")
        told = ServerMetadata(
            issuer=issuer,
            token_endpoint=base + TOKEN,
            introspection_endpoint=base + INTROSPECT,
            revocation_endpoint=base + REVOKE,
            jwks_uri=base + "/.well-known/jwks.json",
        )
        return json_response(200, told, _CACHED)
