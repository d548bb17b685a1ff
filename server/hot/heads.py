"""Which requests may be answered at once, by their heads."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import httptools
import msgspec

from server.asgi import Request, Response
from server.dispatch import Dispatch
from server.handlers.gateway import Gateway
from server.logs import known_method
from server.node import Node
from server.problems import Problem
from server.requestids import is_fit, request_id
from server.routes import Route

from ._heads import GatewayHead, Head, Heads, VerifyHead
from ._road import Question, Road, Tally
from .paths import BODY_LIMIT, GATEWAY_PATHS, VERIFY_PATH

_BEARER = b"bearer "
_UNUSUAL = frozenset((b"expect", b"transfer-encoding", b"content-encoding"))
# The largest has digits enough.
_DIGITS = len(str(BODY_LIMIT))


class Plain(NamedTuple):
    """A request that may be answered at once: its body is missing. `head` is its quick way, and
    `offered` the client's id where it is fit to be repeated.
    """

    route: Route
    request: Request
    head: Head | None
    offered: bytes | None


class Roads:
    """The roads of one node's tenants, and the heads that lead to them."""

    def __init__(self, node: Node, app: Dispatch) -> None:
        self.heads = Heads()
        self._app = app
        self._roads: dict[str, Road] = {}
        self._gateways: dict[str, Gateway] = {}
        self._tallies: dict[tuple[str, str, int], Tally] = {}
        settings = node.settings
        self._proxied = bool(settings.trusted_proxies)
        # Without admin keys it is the handler that keeps web pages out, and where a proxy says the
        # host, the same bytes of another peer may be for another tenant.
        if not settings.insecure_no_admin_auth and not settings.trust_forwarded_host:
            for name in settings.names():
                tenant = node.of(name)
                self._roads[name] = Road(node, tenant)
                self._gateways[name] = Gateway(node, tenant)

    def tallies(self) -> Iterable[Tally]:
        """How many requests the roads have answered, which nobody else has counted."""
        return self._tallies.values()

    def plain(
        self, method: bytes, url: bytes, headers: Sequence[tuple[bytes, bytes]], peer: str | None
    ) -> Plain | None:
        """A request by its head; None where it is to be answered as every other.

        So it is with a header that is there twice, with a body of unknown length, an encoded one or
        a large one, and with a client that waits for a 100 Continue. `headers` by lower-case name.
        """
        found = dict(headers)
        if len(found) != len(headers) or not _UNUSUAL.isdisjoint(found):
            return None
        length = found.get(b"content-length", b"0")
        if not length.isdigit() or len(length) > _DIGITS or int(length) > BODY_LIMIT:
            return None
        try:
            parsed = httptools.parse_url(url)
            request = Request(
                method=method.decode("ascii"),
                path=(parsed.path or b"").decode("ascii"),
                query=parsed.query or b"",
                headers=found,
                peer=peer,
                request_id=request_id(found.get(b"x-request-id")),
            )
            route, request = self._app.find(request)
        except (Problem, httptools.HttpParserInvalidURLError, ValueError):
            return None
        size = int(length)
        if route.now is None or (size and route.body_limit is None):
            return None
        offered = found.get(b"x-request-id")
        told = offered if is_fit(offered) else None
        return Plain(route, request, self._head(route, request, size), told)

    def answer(self, plain: Plain, body: bytes) -> Response | None:
        """What the application answers at once, if it can."""
        return self._app.at_once(plain.route, msgspec.structs.replace(plain.request, body=body))

    def _head(self, route: Route, request: Request, size: int) -> Head | None:
        road = self._roads.get(request.tenant)
        if road is None:
            return None
        forwarded = request.headers.get(b"x-forwarded-for")
        if route.template == VERIFY_PATH:
            value = request.headers.get(b"authorization", b"")
            if value[:7].lower() != _BEARER:
                return None
            admin = value[7:].strip().decode("ascii", "replace")
            return VerifyHead(road, self._tally(route, request), size, forwarded, admin)
        if route.template in GATEWAY_PATHS:
            return self._gateway_head(road, route, request, forwarded)
        return None

    def _gateway_head(
        self,
        road: Road,
        route: Route,
        request: Request,
        forwarded: bytes | None,
    ) -> Head | None:
        try:
            asked = self._gateways[request.tenant].asked(request)
        except Problem:
            return None
        if asked.revision or not asked.credential:
            return None
        audience = asked.audiences[0] if asked.audiences else None
        stated = msgspec.structs.replace(asked.access, client_ip=None, audience=audience)
        # What a trusted proxy says of the original request is no other peer's to say.
        peer = (request.peer or "") if self._proxied else None
        tally = self._tally(route, request)
        return GatewayHead(road, tally, forwarded, asked.credential, Question(stated), peer)

    def _tally(self, route: Route, request: Request) -> Tally:
        of = known_method(request.method), route.template, 200
        return self._tallies.setdefault(of, Tally(of))
