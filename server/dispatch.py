"""The ASGI application: one request in, its handler's response or an error envelope out.

Every response carries X-Request-ID and the security headers, whatever went wrong. An unforeseen
exception becomes a 500 that tells the client nothing; the log has it under the request id.
"""

import logging
import time
from urllib.parse import quote

import msgspec

from storage.errors import StoreUnavailable

from . import body
from .asgi import (
    ASGIApp,
    Receive,
    Refuse,
    Request,
    Response,
    Scope,
    Send,
    answer_headers,
    join_headers,
    problem_response,
)
from .chunked import send_chunks
from .counts import Counts
from .judging import MustWait
from .logs import access_line, known_method, loggable_id
from .places import Place, Places
from .problems import Problem, problem_for
from .requestids import request_id
from .routes import Route, Routes
from .seldom import Seldom

_log = logging.getLogger("marzipan.http")


class Dispatch:
    """Routes requests to handlers; lifespan events go to `lifespan`.

    `routes` are those of every request, or what finds those of each; `counts` is where answers are
    counted.
    """

    def __init__(
        self,
        routes: Routes | Places,
        lifespan: ASGIApp | None = None,
        *,
        body_limit: int = body.LIMIT,
        counts: Counts | None = None,
    ) -> None:
        self._places = routes if isinstance(routes, Places) else Places(Place(routes))
        self._lifespan = lifespan or no_lifespan
        self._body_limit = body_limit
        self._counts = counts or Counts()
        self._refusals = Seldom(_log)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        else:
            await send({"type": "websocket.close"})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.perf_counter()
        headers = join_headers(scope["headers"])
        client = scope.get("client")
        # Some servers leave raw_path out; the decoded path then stands in for it.
        raw_path = scope.get("raw_path") or quote(scope["path"], safe="/:").encode("ascii")
        request = Request(
            method=scope["method"],
            path=raw_path.decode("latin-1"),
            query=scope.get("query_string", b""),
            headers=headers,
            peer=client[0] if client else None,
            request_id=request_id(headers.get(b"x-request-id")),
        )
        refuse: Refuse = problem_response
        try:
            routes, request = self._placed(request)
            route, request = _matched(routes, request)
            refuse = route.refuse
            response = await self._handled(route, request, receive)
        except body.ClientDisconnected:
            self._answered(request, 499, began, 0)
            return
        except Exception as error:
            problem = problem_for(error)
            if problem.http >= 500:
                self._log_cause(problem, error, request)
            response = refuse(problem)
        size = await self._answer(send, receive, request, response)
        self._answered(request, response.status, began, size)

    def find(self, request: Request) -> tuple[Route, Request]:
        """The route of a request, and the request as its handler takes it. Raises Problem."""
        return _matched(*self._placed(request))

    def at_once(self, route: Route, request: Request) -> Response | None:
        """The answer of a route that `find` gave, its body read, where memory knows it.

        Else None, and nothing was done: the request is to be answered as every other.
        """
        began = time.perf_counter()
        if route.now is None:
            return None
        try:
            if route.now.admit is not None:
                request = route.now.admit(request)
            response = route.now.handler(request)
        except MustWait:
            return None
        except Exception as error:
            problem = problem_for(error)
            if problem.http >= 500:
                return None  # for who says what it was
            response = route.refuse(problem)
        self._answered(request, response.status, began, len(response.body))
        return response

    def _placed(self, request: Request) -> tuple[Routes, Request]:
        place, path = self._places.pick(request.headers, request.peer, request.path)
        placed = msgspec.structs.replace(request, path=path, base=place.path, tenant=place.tenant)
        return place.routes, placed

    def _answered(self, request: Request, status: int, began: float, size: int) -> None:
        self._counts.requests[known_method(request.method), request.route or "-", status] += 1
        access_line(_log, request, status, time.perf_counter() - began, size)

    async def _handled(self, route: Route, request: Request, receive: Receive) -> Response:
        # Whoever may not call has nothing read of what he sends.
        if route.admit is not None:
            request = await route.admit(request)
        if route.body_limit is not None:
            limit = min(route.body_limit, self._body_limit)
            content = await body.read_body(receive, request.headers, limit=limit)
            request = msgspec.structs.replace(request, body=content)
        return await route.handler(request)

    async def _answer(
        self, send: Send, receive: Receive, request: Request, response: Response
    ) -> int:
        """Send a response; how many bytes its body had."""
        headers = answer_headers(response, request.request_id)
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        content = b"" if request.method == "HEAD" else response.body
        if response.chunks is not None and request.method != "HEAD":
            try:
                return await send_chunks(send, receive, response.chunks())
            except Exception as error:
                # The status is out already: what is left is to end.
                self._log_cause(problem_for(error), error, request)
        elif body.CLOSE in response.headers:
            # Torn down at once, with bytes of the client's unread, TCP would drop the answer.
            await send({"type": "http.response.body", "body": content, "more_body": True})
            await body.discard(receive)
            content = b""
        await send({"type": "http.response.body", "body": content})
        return len(response.body)

    def _log_cause(self, problem: Problem, error: Exception, request: Request) -> None:
        # The client is told nothing of the cause, so the log is the only place that has it.
        known = loggable_id(request.request_id)
        extra = {"request_id": known, "tenant": request.tenant or None}
        if isinstance(error, Problem) and error.reason == "SERVICE_UNAVAILABLE":
            # No fault: a bound that was reached, maybe by whoever sends enough to fill the log.
            self._refusals.warn(f"{error.reason}: {error}", known)
        elif isinstance(error, Problem | StoreUnavailable):
            # Said in full already, and said often while it lasts: without the way it came.
            _log.error("%s: %s", problem.reason, error, extra=extra)
        else:
            _log.error("unforeseen error", exc_info=error, extra=extra)


def _matched(routes: Routes, request: Request) -> tuple[Route, Request]:
    match = routes.match(request.method, request.path)
    found = msgspec.structs.replace(request, route=match.route.template, params=match.params)
    return match.route, found


async def no_lifespan(scope: Scope, receive: Receive, send: Send) -> None:
    """Says yes to start and stop, for an application that has nothing to open or close."""
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
