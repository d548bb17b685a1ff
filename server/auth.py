"""Who may call an admin route: holders of a key in the system tenant, one scope per route.

A narrowed admin key works, within its caveats. One with an Audience caveat is bound to the tenants
that it names: on the routes of others it gets what an unknown key gets. A grant never works,
whatever it says. With `insecure_no_admin_auth` a proxy in front is believed to have checked.

Resource servers speak Basic: on the OAuth routes, and nowhere else, the admin key may be the
password (RFC 6749 section 2.3.1). The client id beside it says nothing and is not looked at.
"""

import binascii

from engine import Access, CaveatUnmet, Grant, TokenError, TokenExpired, TokenRevoked
from engine.authentic import authenticate
from engine.header import KeyHeader

from .asgi import Request
from .binding import audience_of, names_others
from .client import client_ip
from .judging import MustWait, judge_at_once
from .node import Node, Tenant
from .problems import Problem, invalid
from .query import decode_component
from .timestamps import from_seconds
from .toooften import TooOften, retry_after
from .verifying import verify

ADMIN = "marzipan:admin"
VERIFY = "marzipan:verify"
READ = "marzipan:read"
SCOPES = (ADMIN, VERIFY, READ)

ANONYMOUS = "anonymous"
_UNKNOWN = "The admin key is not valid here. Use another."


async def authorise(
    node: Node, tenant: Tenant, request: Request, scope: str, basic: bool = False
) -> Request:
    """The request by its caller, whose name for the audit is its key id. Raises Problem 401 or 403.

    `basic`: the route is one of OAuth, so that HTTP Basic and forms are taken.
    """
    if node.settings.insecure_no_admin_auth:
        return _anonymous(request, basic)
    text, access = _question(node, tenant, request, scope, basic)
    try:
        grant, _ = await verify(node, node.system, text, access)
    except TokenError as error:
        raise _refusal(node, tenant, text, access, error, basic) from error
    return _by(request, grant)


def authorise_at_once(
    node: Node, tenant: Tenant, request: Request, scope: str, basic: bool = False
) -> Request:
    """As `authorise`, where memory knows, of a key whose uses nobody counts.

    Raises Problem, MustWait.
    """
    if node.settings.insecure_no_admin_auth:
        return _anonymous(request, basic)
    text, access = _question(node, tenant, request, scope, basic)
    try:
        judged = judge_at_once(node, node.system, text, access)
    except TokenError as error:
        raise _refusal(node, tenant, text, access, error, basic) from error
    if judged.limits:
        # What comes after may have to wait, and then this would be counted twice.
        raise MustWait
    node.used(node.system.name, judged.grant.key_id)
    return _by(request, judged.grant)


def _anonymous(request: Request, basic: bool) -> Request:
    (_not_by_a_browser if basic else _not_by_a_page)(request)
    return request.by(ANONYMOUS)


def _question(
    node: Node, tenant: Tenant, request: Request, scope: str, basic: bool
) -> tuple[str, Access]:
    """The admin key that a request presents, and what it must be good for. Raises Problem 401."""
    text = _presented(request, basic)
    if not text:
        how = "Authorization: Bearer <key>" + (", or Basic with it as the password" * basic)
        raise _challenge(401, f"This route needs an admin key: {how}.", "", basic)
    access = Access(
        now=node.now(),
        client_ip=client_ip(node, request),
        method=request.method,
        path=request.path,
        scopes=(scope,),
        audience=audience_of(tenant.name),
    )
    return text, access


def _by(request: Request, grant: Grant) -> Request:
    if grant.grant_id is not None:
        raise _challenge(403, "A derived token is never an admin key.", 'error="invalid_token"')
    return request.by(grant.key_id.hex(), bound=bool(grant.audiences))


def _refusal(
    node: Node, tenant: Tenant, text: str, access: Access, error: TokenError, basic: bool
) -> Problem:
    if isinstance(error, TooOften):
        message = "The budget of the admin key is spent. Send it again later, or use another."
        return Problem("TOO_MANY_REQUESTS", message, headers=retry_after(error, access.now))
    if isinstance(error, CaveatUnmet):
        if names_others(node.system, text, tenant.name):
            return _challenge(401, _UNKNOWN, 'error="invalid_token"', basic)
        scope = access.scopes[0]
        message = (
            f"The admin key does not allow this: it must cover {scope}, and each of its caveats "
            "must allow the request."
        )
        return _challenge(403, message, f'error="insufficient_scope", scope="{scope}"')
    return _challenge(401, _why(node, tenant, text, error), 'error="invalid_token"', basic)


def _why(node: Node, tenant: Tenant, text: str, error: TokenError) -> str:
    """Why it is no admin key: to whoever proved possession what it is, to all others one answer.

    Nothing but MACs is looked at, so that no refusal costs the store a read.
    """
    if names_others(node.system, text, tenant.name):
        return _UNKNOWN
    if isinstance(error, TokenExpired):
        return f"The admin key expired at {from_seconds(error.at)}. Use another."
    if isinstance(error, TokenRevoked):
        return "The admin key has been revoked. Use another."
    try:
        ordinary = authenticate(text, tenant.keys, tenant.prefixes)
    except TokenError:
        return _UNKNOWN
    what = "key" if isinstance(ordinary.header, KeyHeader) else "derived token"
    return f"This is an ordinary {what} of tenant {tenant.name}, not an admin key."


def _presented(request: Request, basic: bool) -> str:
    """The admin key of a request, or "" where there is none of the schemes that are taken."""
    scheme, _, value = request.headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() == b"bearer":
        return value.strip().decode("ascii", "replace")
    if not basic or scheme.lower() != b"basic":
        return ""
    try:
        pair = binascii.a2b_base64(value.strip(), strict_mode=True)
        return decode_component(pair.partition(b":")[2], "header authorization")
    except (binascii.Error, Problem):
        return ""


def _not_by_a_page(request: Request) -> None:
    """Refuse what any web page could make a browser send; no key would stop it here.

    JSON from another origin is asked about first (CORS), and this server never says yes.
    """
    kind = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if request.method not in ("GET", "HEAD") and kind != b"application/json":
        raise invalid("header content-type", "must be application/json while no key is asked for")


def _not_by_a_browser(request: Request) -> None:
    """Refuse what a browser sent: a form may come from any web page, and none needs to ask."""
    # Browsers add Origin to every POST, "null" where they won't say.
    if b"origin" in request.headers or b"sec-fetch-site" in request.headers:
        raise invalid("header origin", "must be absent while no key is asked for")


class Admission:
    """Lets requests of callers pass that hold the scope; the audit finds them in `caller`."""

    def __init__(self, node: Node, tenant: Tenant, scope: str, basic: bool = False) -> None:
        self._node = node
        self._tenant = tenant
        self.basic = basic
        self.scope = scope

    async def __call__(self, request: Request) -> Request:
        return await authorise(self._node, self._tenant, request, self.scope, self.basic)

    def at_once(self, request: Request) -> Request:
        """The same from memory. Raises Problem, MustWait."""
        return authorise_at_once(self._node, self._tenant, request, self.scope, self.basic)


def _challenge(status: int, message: str, parameters: str, basic: bool = False) -> Problem:
    value = 'Bearer realm="marzipan"' + (f", {parameters}" if parameters else "")
    reason = "UNAUTHORIZED" if status == 401 else "FORBIDDEN"
    headers = [(b"www-authenticate", value.encode())]
    if basic:
        headers.append((b"www-authenticate", b'Basic realm="marzipan", charset="UTF-8"'))
    return Problem(reason, message, headers=tuple(headers))
