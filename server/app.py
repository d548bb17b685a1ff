"""The application: which handler answers which route, and on which surface.

This is the only place that knows all handlers. A route that a process does not serve is a 404.
"""

import msgspec

from . import operations as op
from .asgi import ASGIApp, Handler
from .auth import ADMIN, READ, VERIFY, Admission
from .body import LIMIT
from .dispatch import Dispatch
from .handlers.actors import Actors
from .handlers.audit import Audit
from .handlers.cluster import ClusterView
from .handlers.credentials import Credentials
from .handlers.finding import Finding
from .handlers.gateway import PATH as GATEWAY
from .handlers.gateway import Gateway
from .handlers.imported import PATH as IMPORTED
from .handlers.imported import ImportedKeys
from .handlers.issued import PATH as ISSUED
from .handlers.issued import IssuedKeys
from .handlers.jwks import Jwks
from .handlers.lifecycle import Lifecycle
from .handlers.oauth import INTROSPECT, METADATA, REVOKE, TOKEN, OAuth
from .handlers.openapi import OpenApi
from .handlers.revocationlog import RevocationLog
from .handlers.revocations import Revocations
from .handlers.service import Service
from .handlers.tokens import Tokens
from .handlers.verify import Verify
from .node import Node, Tenant
from .oautherrors import oauth_refusal
from .openapi.operation import Operation
from .places import Place, Places
from .routes import AtOnce, Now, Route, Routes
from .settling import Settling
from .tenantsettings import ANY_HOST
from .urlencoded import LIMIT as FORM_LIMIT

# Anybody may make the server read so much, in bytes: a token of 8,192 bytes, and much room.
PUBLIC_LIMIT = 64 * 1024
# A hundred credentials of 8,192 bytes, in JSON.
BATCH_LIMIT = 1024 * 1024

_KEYS = "/v2alpha1/admin/apiKeys"
_ONE = ISSUED + "/{key_id}"
_IMPORT = IMPORTED + "/{key_id}"
_KEY = "/v1/keys/{key_id}"


def create_app(node: Node, lifespan: ASGIApp | None = None) -> Dispatch:
    """The ASGI application of one node, for the configured surface."""
    return Dispatch(places(node), lifespan, counts=node.counts)


def places(node: Node) -> Places:
    """Where requests go: to the tenants that are configured, or else all to the only one."""
    settings = node.settings
    if not settings.tenants:
        return Places(Place(Routes(table(node, node.tenant)), node.tenant.name))
    hosts: dict[str, Place] = {}
    paths: list[Place] = []
    for each in settings.tenants:
        place = Place(Routes(table(node, node.of(each.name))), each.name)
        hosts |= dict.fromkeys(each.hosts, place)
        if each.path:
            paths.append(msgspec.structs.replace(place, path=each.path))
    rest = hosts.pop(ANY_HOST, None) or Place(Routes(_health(Service(node, node.tenant))))
    forwarded = node.proxies if settings.trust_forwarded_host else None
    return Places(rest, hosts, paths, METADATA, forwarded)


def table(node: Node, tenant: Tenant) -> list[Route]:
    """The routes of the configured surface, for one tenant."""
    surface = node.settings.surface
    routes = _service(node, tenant)
    if surface in ("all", "public"):
        routes += _public(node, tenant) + _oauth_public(node, tenant)
    if surface in ("all", "admin"):
        routes += _admin(node, tenant) + _oauth_admin(node, tenant)
    routes = [_settling(node, route) for route in routes]
    # It describes the table that it is part of.
    document = OpenApi(routes)
    routes.append(Route("GET", "/openapi.json", document.get, op.service.OPENAPI, body_limit=None))
    return routes


def _settling(node: Node, route: Route) -> Route:
    """The route, whose answers tell the revision where it revokes."""
    if not route.operation.revokes:
        return route
    # Only an administrator may hold a connection for so long.
    settling = Settling(node, route.handler, waits=route.admit is not None)
    return msgspec.structs.replace(route, handler=settling)


def _get(template: str, handler: Handler, operation: Operation) -> Route:
    return Route("GET", template, handler, operation, body_limit=None)


def _health(service: Service) -> list[Route]:
    """Routes of the process, which who asks for them may know by its address alone."""
    return [
        _get("/health/alive", service.alive, op.service.ALIVE),
        _get("/health/ready", service.ready, op.service.READY),
    ]


def _service(node: Node, tenant: Tenant) -> list[Route]:
    """Routes that every surface serves, to anybody."""
    service, jwks, oauth = Service(node, tenant), Jwks(node), OAuth(node, tenant)
    return [
        *_health(service),
        _get("/version", service.version, op.service.VERSION),
        _get("/v2alpha1/derivedKeys/jwks.json", jwks.get, op.service.JWKS),
        _get("/.well-known/jwks.json", jwks.get, op.service.WELL_KNOWN_JWKS),
        _get(METADATA, oauth.metadata, op.oauth.METADATA),
    ]


def _public(node: Node, tenant: Tenant) -> list[Route]:
    """Routes that need nothing but the credential they are about."""
    credentials, tokens, gateway = (
        Credentials(node, tenant),
        Tokens(node, tenant),
        Gateway(node, tenant),
    )

    def post(template: str, handler: Handler, operation: Operation) -> Route:
        return Route("POST", template, handler, operation, body_limit=PUBLIC_LIMIT)

    def any_method(template: str, operation: Operation) -> Route:
        now = Now(gateway.verify_at_once)
        return Route("*", template, gateway.verify, operation, body_limit=None, now=now)

    return [
        post("/v2alpha1/apiKeys:selfRevoke", credentials.self_revoke, op.credentials.SELF_REVOKE),
        post("/v1/tokens:attenuate", tokens.attenuate, op.credentials.ATTENUATE),
        post("/v1/tokens:inspect", tokens.inspect, op.credentials.INSPECT),
        post("/v1/tokens:revoke", tokens.revoke, op.credentials.REVOKE_TOKEN),
        Route(
            "POST",
            "/v1/tokens:batchRevoke",
            tokens.batch_revoke,
            op.credentials.BATCH_REVOKE,
            body_limit=BATCH_LIMIT,
        ),
        any_method(GATEWAY, op.gateway.VERIFY),
        any_method(GATEWAY + "/**", op.gateway.VERIFY_PATH),
    ]


def _oauth_public(node: Node, tenant: Tenant) -> list[Route]:
    """What whoever holds a token may do with it by RFC 7009."""
    return [
        Route(
            "POST",
            REVOKE,
            OAuth(node, tenant).revoke,
            op.oauth.REVOKE,
            body_limit=FORM_LIMIT,
            refuse=oauth_refusal,
        ),
    ]


def _oauth_admin(node: Node, tenant: Tenant) -> list[Route]:
    """Routes of OAuth, which take the admin key in its ways and refuse in its words."""
    oauth = OAuth(node, tenant)

    def post(template: str, scope: str, handler: Handler, operation: Operation) -> Route:
        admit = Admission(node, tenant, scope, basic=True)
        return Route("POST", template, handler, operation, admit, FORM_LIMIT, oauth_refusal)

    return [
        post(INTROSPECT, VERIFY, oauth.introspect, op.oauth.INTROSPECT),
        post(TOKEN, ADMIN, oauth.exchange, op.oauth.EXCHANGE),
    ]


def _admin(node: Node, tenant: Tenant) -> list[Route]:
    """Routes that need an admin key, each with the one scope it must cover."""
    issued, imported, credentials = (
        IssuedKeys(node, tenant),
        ImportedKeys(node, tenant),
        Credentials(node, tenant),
    )
    verify, tokens, audit = Verify(node, tenant), Tokens(node, tenant), Audit(node, tenant)
    lifecycle = Lifecycle(node, tenant)
    finding = Finding(node, tenant)
    log = RevocationLog(node, tenant, Admission(node, tenant, READ))

    def route(
        method: str, template: str, scope: str, handler: Handler, operation: Operation
    ) -> Route:
        limit = None if method == "GET" else LIMIT
        return Route(method, template, handler, operation, Admission(node, tenant, scope), limit)

    def judged(template: str, handler: Handler, at_once: AtOnce, operation: Operation) -> Route:
        admission = Admission(node, tenant, VERIFY)
        now = Now(at_once, admission.at_once)
        return Route("POST", template, handler, operation, admission, LIMIT, now=now)

    return [
        route("POST", ISSUED, ADMIN, issued.issue, op.issued.ISSUE),
        route("GET", ISSUED, READ, issued.list, op.issued.LIST),
        route("GET", _ONE, READ, issued.get, op.issued.GET),
        route("PATCH", _ONE, ADMIN, issued.update, op.issued.UPDATE),
        route("POST", _ONE + ":rotate", ADMIN, issued.rotate, op.issued.ROTATE),
        route("POST", _ONE + ":revoke", ADMIN, issued.revoke, op.issued.REVOKE),
        route("POST", IMPORTED, ADMIN, imported.import_one, op.imported.IMPORT),
        route("GET", IMPORTED, READ, imported.list, op.imported.LIST),
        route("POST", IMPORTED + ":batchCreate", ADMIN, imported.import_many, op.imported.BATCH),
        route("GET", _IMPORT, READ, imported.get, op.imported.GET),
        route("PATCH", _IMPORT, ADMIN, imported.update, op.imported.UPDATE),
        route("DELETE", _IMPORT, ADMIN, imported.delete, op.imported.DELETE),
        route("POST", _IMPORT + ":revoke", ADMIN, imported.revoke, op.imported.REVOKE),
        judged(_KEYS + ":verify", verify.one, verify.one_at_once, op.credentials.VERIFY),
        judged(_KEYS + ":batchVerify", verify.batch, verify.batch_at_once, op.credentials.BATCH),
        route("POST", _KEYS + ":derive", ADMIN, credentials.derive, op.credentials.DERIVE),
        route("POST", "/v1/tokens:explain", VERIFY, tokens.explain, op.credentials.EXPLAIN),
        route("GET", "/v1/revocations", READ, log.get, op.service.REVOCATIONS),
        route("POST", "/v1/revocations", ADMIN, Revocations(node, tenant).add, op.service.REVOKE),
        route("GET", "/v1/cluster", READ, ClusterView(node, tenant).get, op.service.CLUSTER),
        route("GET", "/v1/audit", READ, audit.list, op.service.AUDIT),
        route("GET", "/v1/audit/heads", READ, audit.heads, op.service.AUDIT_HEADS),
        route("GET", "/v1/keys", READ, finding.search, op.finding.SEARCH),
        route("GET", _KEY, READ, finding.get, op.finding.GET),
        route("GET", _KEY + "/lineage", READ, finding.lineage, op.finding.LINEAGE),
        route("POST", _KEY + ":suspend", ADMIN, lifecycle.suspend, op.lifecycle.SUSPEND),
        route("POST", _KEY + ":resume", ADMIN, lifecycle.resume, op.lifecycle.RESUME),
        route("POST", _KEY + ":extend", ADMIN, lifecycle.extend, op.lifecycle.EXTEND),
        route(
            "POST",
            _KEY + ":revokeChildren",
            ADMIN,
            lifecycle.revoke_children,
            op.lifecycle.REVOKE_CHILDREN,
        ),
        route(
            "POST",
            "/v1/actors/{actor_id}:revoke",
            ADMIN,
            Actors(node, tenant).revoke,
            op.lifecycle.REVOKE_ACTOR,
        ),
    ]
