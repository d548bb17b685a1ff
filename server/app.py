"""The application: which handler answers which route, and on which surface.

This is the only place that knows all handlers. A route that a process does not serve is a 404.
"""

from .asgi import ASGIApp, Handler
from .auth import ADMIN, READ, VERIFY, Admission
from .body import LIMIT
from .dispatch import Dispatch
from .handlers.audit import Audit
from .handlers.credentials import Credentials
from .handlers.finding import Finding
from .handlers.gateway import PATH as GATEWAY
from .handlers.gateway import Gateway
from .handlers.imported import PATH as IMPORTED
from .handlers.imported import ImportedKeys
from .handlers.issued import PATH as ISSUED
from .handlers.issued import IssuedKeys
from .handlers.jwks import Jwks
from .handlers.revocations import Revocations
from .handlers.service import Service
from .handlers.tokens import Tokens
from .node import Node
from .routes import Route, Routes

# Anybody may make the server read so much, in bytes: a token of 8,192 bytes, and much room.
PUBLIC_LIMIT = 64 * 1024

_KEYS = "/v2alpha1/admin/apiKeys"
_ONE = ISSUED + "/{key_id}"
_IMPORT = IMPORTED + "/{key_id}"


def create_app(node: Node, lifespan: ASGIApp | None = None) -> Dispatch:
    """The ASGI application of one node, for the configured surface."""
    return Dispatch(Routes(table(node)), lifespan)


def table(node: Node) -> list[Route]:
    """The routes of the configured surface."""
    surface = node.settings.surface
    routes = _service(node)
    if surface in ("all", "public"):
        routes += _public(node)
    if surface in ("all", "admin"):
        routes += _admin(node)
    return routes


def _service(node: Node) -> list[Route]:
    """Routes that every surface serves, to anybody."""
    service, jwks = Service(node), Jwks(node)

    def get(template: str, handler: Handler) -> Route:
        return Route("GET", template, handler, body_limit=None)

    return [
        get("/health/alive", service.alive),
        get("/health/ready", service.ready),
        get("/version", service.version),
        get("/v2alpha1/derivedKeys/jwks.json", jwks.get),
        get("/.well-known/jwks.json", jwks.get),
    ]


def _public(node: Node) -> list[Route]:
    """Routes that need nothing but the credential they are about."""
    credentials, tokens, gateway = Credentials(node), Tokens(node), Gateway(node)

    def post(template: str, handler: Handler) -> Route:
        return Route("POST", template, handler, body_limit=PUBLIC_LIMIT)

    return [
        post("/v2alpha1/apiKeys:selfRevoke", credentials.self_revoke),
        post("/v1/tokens:attenuate", tokens.attenuate),
        post("/v1/tokens:inspect", tokens.inspect),
        post("/v1/tokens:revoke", tokens.revoke),
        Route("*", GATEWAY, gateway.verify, body_limit=None),
        Route("*", GATEWAY + "/**", gateway.verify, body_limit=None),
    ]


def _admin(node: Node) -> list[Route]:
    """Routes that need an admin key, each with the one scope it must cover."""
    issued, imported, credentials = IssuedKeys(node), ImportedKeys(node), Credentials(node)
    service, tokens, audit = Service(node), Tokens(node), Audit(node)
    finding = Finding(node)

    def route(method: str, template: str, scope: str, handler: Handler) -> Route:
        limit = None if method == "GET" else LIMIT
        return Route(method, template, handler, Admission(node, scope), limit)

    return [
        route("POST", ISSUED, ADMIN, issued.issue),
        route("GET", ISSUED, READ, issued.list),
        route("GET", _ONE, READ, issued.get),
        route("PATCH", _ONE, ADMIN, issued.update),
        route("POST", _ONE + ":rotate", ADMIN, issued.rotate),
        route("POST", _ONE + ":revoke", ADMIN, issued.revoke),
        route("POST", IMPORTED, ADMIN, imported.import_one),
        route("GET", IMPORTED, READ, imported.list),
        route("POST", IMPORTED + ":batchCreate", ADMIN, imported.import_many),
        route("GET", _IMPORT, READ, imported.get),
        route("PATCH", _IMPORT, ADMIN, imported.update),
        route("DELETE", _IMPORT, ADMIN, imported.delete),
        route("POST", _IMPORT + ":revoke", ADMIN, imported.revoke),
        route("POST", _KEYS + ":verify", VERIFY, credentials.verify),
        route("POST", _KEYS + ":batchVerify", VERIFY, credentials.batch_verify),
        route("POST", _KEYS + ":derive", ADMIN, credentials.derive),
        route("GET", "/v1/keys", READ, finding.search),
        route("GET", "/v1/keys/{key_id}", READ, finding.get),
        route("GET", "/v1/keys/{key_id}/lineage", READ, finding.lineage),
        route("POST", "/v1/tokens:explain", VERIFY, tokens.explain),
        route("GET", "/v1/revocations", READ, service.revocations),
        route("POST", "/v1/revocations", ADMIN, Revocations(node).add),
        route("GET", "/v1/audit", READ, audit.list),
        route("GET", "/v1/audit/heads", READ, audit.heads),
    ]
