"""The ASGI protocol as five aliases, and a request and a response as plain values."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec

from engine.redacted import Redacted

from .problems import Problem

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

Headers = tuple[tuple[bytes, bytes], ...]

SECURITY_HEADERS: Headers = (
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-frame-options", b"DENY"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class Request(Redacted, frozen=True, kw_only=True):
    """One request, its body already read. Header names are lower case; repeats are comma-joined.

    `path` is as sent, but for the `base` in front of it that named the `tenant`; `route` is the
    template it matched, `params` the decoded parts of the path, `peer` the connection's address,
    None on a Unix socket, `caller` who was authorised, `bound` whether for this tenant alone.
    """

    method: str
    path: str
    query: bytes = b""
    headers: Mapping[bytes, bytes] = {}
    peer: str | None = None
    body: bytes = b""
    route: str = ""
    params: Mapping[str, str] = {}
    request_id: str = ""
    caller: str = ""
    bound: bool = False
    tenant: str = ""
    base: str = ""

    def by(self, caller: str, bound: bool = False) -> "Request":
        """The same request, its caller known by name."""
        return msgspec.structs.replace(self, caller=caller, bound=bound)

    def __repr__(self) -> str:
        # All but the template may carry credentials, the method and the request id too.
        return f"Request({self.route})"


Chunks = Callable[[], AsyncGenerator[bytes, None]]


class Response(Redacted, frozen=True):
    """One response; `headers` names are lower case.

    With `chunks` it has no body but what comes of them, one after another, for as long as the
    client stays. They are made once, after the response has begun, and always closed.
    """

    status: int
    body: bytes = b""
    headers: Headers = ()
    chunks: Chunks | None = None

    def also(self, *headers: tuple[bytes, bytes]) -> "Response":
        """The same response with more headers."""
        return msgspec.structs.replace(self, headers=self.headers + headers)

    def __repr__(self) -> str:
        return f"Response({self.status}, {len(self.body)} bytes)"


Handler = Callable[[Request], Awaitable[Response]]
Admit = Callable[[Request], Awaitable[Request]]
Refuse = Callable[[Problem], Response]

_JSON: Headers = ((b"content-type", b"application/json"),)


def json_response(status: int, value: object, headers: Headers = ()) -> Response:
    """A response whose body is `value` in JSON."""
    return Response(status, msgspec.json.encode(value), _JSON + headers)


def problem_response(problem: Problem) -> Response:
    """The error envelope as a response."""
    return Response(problem.http, problem.body(), _JSON + problem.headers)


def answer_headers(response: Response, request_id: str) -> list[tuple[bytes, bytes]]:
    """All headers of an answer: its own, and those that every answer has."""
    headers = [*response.headers, (b"x-request-id", request_id.encode("ascii")), *SECURITY_HEADERS]
    if response.chunks is None and response.status not in (204, 304):
        headers.append((b"content-length", str(len(response.body)).encode("ascii")))
    return headers


def join_headers(raw: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by lower-case name, repeated ones joined by commas as HTTP lets anyone do."""
    headers: dict[bytes, bytes] = {}
    for name, value in raw:
        key = name.lower()
        headers[key] = headers[key] + b", " + value if key in headers else value
    return headers
