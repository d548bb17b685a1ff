"""`/v1/verify` for gateways: the status code is the answer, identity is in headers.

Works as Envoy's ext_authz (the original path follows /v1/verify), Traefik's ForwardAuth and
nginx's auth_request. The credential is the request's own `Authorization: Bearer`, challenged per
RFC 6750. Facts come from where only the gateway can write: the query of the configured URL
(scope, tool, resource, audience), and forwarded headers where the peer is a trusted proxy.
"""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

import msgspec

from engine import Access, Grant, MalformedToken, TokenError
from engine.redacted import Redacted
from server.asgi import Request, Response, json_response
from server.client import client_ip, via_proxy
from server.current import reach, stale
from server.judging import MustWait, verify_at_once
from server.keyids import key_id_text
from server.limits.headers import rate_limit
from server.limits.limit import NO_LIMITS, Of, Outcome
from server.node import Node, Tenant
from server.problems import Problem, invalid
from server.query import only, parse_query
from server.revisions import Revision, parse_revision
from server.schemas.credentials import REQUIRED
from server.schemas.gateway import Allowed, Denied
from server.toooften import told_of
from server.verdict import Refusal, refusal
from server.verifying import require_authentic, verify

PATH = "/v1/verify"
_KNOWN = ("scope", "tool", "resource", "audience", "deny_as", "min_revision")
_REASONS = {401: "UNAUTHORIZED", 403: "FORBIDDEN", 429: "TOO_MANY_REQUESTS"}
_NO_STORE = (b"cache-control", b"no-store")
# How much all others of a tenant do is not for whoever holds one key.
_HIDDEN = (Of.TENANT,)


# Its only field is always the same.
_ALLOWED = msgspec.json.encode(Allowed())
_JSON = ((b"content-type", b"application/json"),)

Found = tuple[Grant, Outcome] | TokenError


class Asked(Redacted, frozen=True, kw_only=True):
    """What a gateway asks: whether this credential, "" where there is none, allows the access."""

    credential: str
    access: Access
    audiences: tuple[str, ...]
    revision: Revision
    deny_as_403: bool

    def __repr__(self) -> str:
        return "Asked(...)"


class Gateway:
    """The handler, over one tenant of a node."""

    def __init__(self, node: Node, tenant: Tenant) -> None:
        self._node = node
        self._tenant = tenant

    async def verify(self, request: Request) -> Response:
        asked = self.asked(request)
        return self._told(asked, await self._found(asked))

    def verify_at_once(self, request: Request) -> Response:
        """The same from memory. Raises Problem, MustWait."""
        asked = self.asked(request)
        found: Found
        try:
            credential = _required(asked)
            if not self._node.feed.has(asked.revision):
                raise MustWait
            found = verify_at_once(
                self._node, self._tenant, credential, asked.access, asked.audiences
            )
        except TokenError as error:
            found = error
        return self._told(asked, found)

    async def _found(self, asked: Asked) -> Found:
        node, tenant = self._node, self._tenant
        try:
            credential = _required(asked)
            if not node.feed.has(asked.revision):
                # It makes the node ask its database at once, which is not for strangers.
                await require_authentic(node, tenant, credential)
                await reach(node, asked.revision)
            return await verify(node, tenant, credential, asked.access, asked.audiences)
        except TokenError as error:
            return error

    def asked(self, request: Request) -> Asked:
        """What a request asks. Raises Problem 400."""
        query = parse_query(request.query) if request.route == PATH else {}
        _check(query)
        scheme, _, text = request.headers.get(b"authorization", b"").partition(b" ")
        bearer = text if scheme.lower() == b"bearer" else b""
        return Asked(
            credential=bearer.strip().decode("ascii", "replace"),
            access=self._access(request, query),
            audiences=(query["audience"],) if query.get("audience") else (),
            revision=parse_revision("min_revision", query.get("min_revision", "")),
            deny_as_403=query.get("deny_as") == "403",
        )

    def _told(self, asked: Asked, found: Found) -> Response:
        node, tenant = self._node, self._tenant
        if isinstance(found, TokenError):
            why = refusal(found, asked.credential, tenant.derived)
            node.counts.judged(why.code)
            return _denied(why, asked).also(*told_of(found, asked.access.now, hidden=_HIDDEN))
        node.counts.judged(None)
        return self.granted(*found)

    def granted(self, grant: Grant, outcome: Outcome = NO_LIMITS) -> Response:
        """What is said of a credential that is good."""
        identity = (
            (b"marzipan-key-id", key_id_text(grant.key_id).encode()),
            (b"marzipan-actor", _header((grant.actor,), b"")),
            (b"marzipan-scopes", _header(grant.scopes, b" ")),
            (b"marzipan-delegates", _header(grant.delegates, b", ")),
            _NO_STORE,
            *(((b"marzipan-stale", b"true"),) if stale(self._node, self._tenant) else ()),
        )
        return Response(200, _ALLOWED, _JSON + identity + rate_limit(outcome, _HIDDEN))

    def _access(self, request: Request, query: Mapping[str, str]) -> Access:
        method, path = self._original(request)
        return Access(
            now=self._node.now(),
            client_ip=client_ip(self._node, request),
            method=method,
            path=path,
            scopes=tuple(query.get("scope", "").split()),
            tool=query.get("tool"),
            resource=query.get("resource"),
        )

    def _original(self, request: Request) -> tuple[str | None, str | None]:
        if not via_proxy(self._node, request):
            return None, None
        if request.route != PATH:
            return request.method, request.path.removeprefix(PATH)
        return (
            _stated(request, b"x-forwarded-method", b"x-original-method"),
            _stated(request, b"x-forwarded-uri", b"x-original-uri"),
        )


def _required(asked: Asked) -> str:
    if not asked.credential:
        raise MalformedToken("no bearer credential")
    return asked.credential


def _denied(why: Refusal, asked: Asked) -> Response:
    # nginx's auth_request turns anything but 2xx, 401 and 403 into a 500.
    status = 403 if why.status == 429 and asked.deny_as_403 else why.status
    # What the credential's own terms say is not for whoever found the credential; what its
    # blocks say, its holder can read anyway.
    shown = why.caveat if why.caveat and why.caveat.block is not None else None
    problem = Problem(_REASONS[status], why.message)
    body = Denied(error=problem.error(), error_code=why.code, caveat=shown)
    headers = [_NO_STORE, (b"marzipan-status", str(why.status).encode())]
    if status in (401, 403):
        headers.append((b"www-authenticate", _challenge(why, asked)))
    return json_response(status, body, tuple(headers))


def _check(query: Mapping[str, str]) -> None:
    only(query, *_KNOWN)
    for name, value in query.items():
        if not value.strip():
            raise invalid(name, "must not be empty: it would require nothing")
    if query.get("deny_as", "403") != "403":
        raise invalid("deny_as", "must be 403")
    if len(query.get("scope", "").split()) > REQUIRED:
        raise invalid("scope", f"must have at most {REQUIRED} items")


def _stated(request: Request, *names: bytes) -> str | None:
    """What the proxy says, under either name. Under both and not the same, one is the client's own
    header passed through: then nothing is known, which denies. So with a blank, which stands in
    neither a method nor a path: two headers of one name were joined.
    """
    said = {request.headers[name] for name in names if name in request.headers}
    if len(said) != 1 or b" " in (value := said.pop()):
        return None
    return value.decode("latin-1")


def _challenge(why: Refusal, asked: Asked) -> bytes:
    """RFC 6750 section 3: no error code for a request without a credential."""
    if not asked.credential:
        return b'Bearer realm="marzipan"'
    if why.status == 401:
        return b'Bearer realm="marzipan", error="invalid_token"'
    challenge = b'Bearer realm="marzipan", error="insufficient_scope"'
    if asked.access.scopes:
        challenge += b', scope="' + _header(asked.access.scopes, b" ") + b'"'
    return challenge


def _header(items: Iterable[str], between: bytes) -> bytes:
    """Items as one header value, whatever they hold: all but plain text is percent-encoded."""
    return between.join(quote(item, safe="!#$&'*+-./:@^_|~").encode() for item in items)
