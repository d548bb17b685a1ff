"""The application: which handler answers which route, and on which surface.

This is the only place that knows all handlers. A route that a process does not serve is a 404.
"""

from .asgi import ASGIApp, Handler
from .auth import ADMIN, READ, VERIFY, guarded
from .dispatch import Dispatch
from .handlers.audit import Audit
from .handlers.credentials import Credentials
from .handlers.gateway import PATH as GATEWAY
from .handlers.gateway import Gateway
from .handlers.imported import PATH as IMPORTED
from .handlers.imported import ImportedKeys
from .handlers.issued import PATH as ISSUED
from .handlers.issued import IssuedKeys
from .handlers.jwks import Jwks
from .handlers.service import Service
from .handlers.tokens import Tokens
from .node import Node
from .routes import Route, Routes

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
    return [
        Route("GET", "/health/alive", service.alive),
        Route("GET", "/health/ready", service.ready),
        Route("GET", "/version", service.version),
        Route("GET", "/v2alpha1/derivedKeys/jwks.json", jwks.get),
        Route("GET", "/.well-known/jwks.json", jwks.get),
    ]


def _public(node: Node) -> list[Route]:
    """Routes that need nothing but the credential they are about."""
    credentials, tokens, gateway = Credentials(node), Tokens(node), Gateway(node)
    return [
        Route("POST", "/v2alpha1/apiKeys:selfRevoke", credentials.self_revoke),
        Route("POST", "/v1/tokens:attenuate", tokens.attenuate),
        Route("POST", "/v1/tokens:inspect", tokens.inspect),
        Route("POST", "/v1/tokens:revoke", tokens.revoke),
        Route("*", GATEWAY, gateway.verify),
        Route("*", GATEWAY + "/**", gateway.verify),
    ]


def _admin(node: Node) -> list[Route]:
    """Routes that need an admin key, each with the one scope it must cover."""
    issued, imported, credentials = IssuedKeys(node), ImportedKeys(node), Credentials(node)
    service, tokens, audit = Service(node), Tokens(node), Audit(node)

    def route(method: str, template: str, scope: str, handler: Handler) -> Route:
        return Route(method, template, guarded(node, scope, handler))

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
        route("POST", "/v1/tokens:explain", VERIFY, tokens.explain),
        route("GET", "/v1/revocations", READ, service.revocations),
        route("GET", "/v1/audit", READ, audit.list),
        route("GET", "/v1/audit/heads", READ, audit.heads),
    ]
