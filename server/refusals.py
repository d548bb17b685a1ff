"""What a connection is told that breaks a limit or the protocol, outside the application."""

import logging
from collections.abc import Iterable

from .asgi import Request, problem_response
from .framing import framed
from .logs import access_line
from .problems import Problem
from .requestids import request_id

HEAD_BYTES = 64 * 1024
HEADER_LINES = 100
PIPELINED = 100

MALFORMED = Problem("BAD_REQUEST", "This is not a well-formed HTTP request.")
CONNECT = Problem("BAD_REQUEST", "This server is no proxy: it does not answer CONNECT.")
LARGE = Problem(
    "HEADERS_TOO_LARGE",
    f"The request line and headers must be at most {HEAD_BYTES} bytes and {HEADER_LINES} headers.",
)
SLOW = Problem("REQUEST_TIMEOUT", "The request did not arrive in time. Send it again.")
AHEAD = Problem(
    "TOO_MANY_REQUESTS", f"At most {PIPELINED} requests may be sent ahead of their answers."
)

_log = logging.getLogger("marzipan.http")


def encode(
    why: Problem, offered_id: bytes | None, common: Iterable[tuple[bytes, bytes]] = ()
) -> bytes:
    """The whole answer, which ends the connection, as bytes; it stands in the log too.

    `common` are headers that go first, `offered_id` is the client's X-Request-ID.
    """
    request = Request(method="-", path="", request_id=request_id(offered_id))
    answer = problem_response(why)
    access_line(_log, request, answer.status, 0.0, len(answer.body))
    return framed(answer, request.request_id, common, ((b"connection", b"close"),))
