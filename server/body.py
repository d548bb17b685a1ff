"""Reading a request's body, within a size and a time."""

import asyncio
import contextlib
from collections.abc import Mapping

from .asgi import Receive
from .problems import Problem, invalid

LIMIT = 4 * 1024 * 1024
PATIENCE_S = 15.0
LINGER_S = 2.0

# What is left of a refused body would be taken for the next request of the connection.
CLOSE = (b"connection", b"close")


class ClientDisconnected(Exception):
    """The client went away before its request was complete; there is nobody to answer."""


async def read_body(
    receive: Receive,
    headers: Mapping[bytes, bytes],
    *,
    limit: int = LIMIT,
    patience_s: float = PATIENCE_S,
) -> bytes:
    """The whole body. Raises Problem 429 past `limit`, 400 past `patience_s` or where encoded."""
    if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
        raise invalid("header content-encoding", "must be absent: send the body uncompressed")
    content_length = headers.get(b"content-length")
    if content_length is not None and content_length.isdigit():
        # Twenty digits are too large whatever they say, and int() refuses thousands of them.
        if len(content_length) > 19 or int(content_length) > limit:
            raise _too_large(limit)
    try:
        async with asyncio.timeout(patience_s):
            return await _read(receive, limit)
    except TimeoutError:
        raise Problem(
            "BAD_REQUEST",
            f"The request body did not arrive within {patience_s:g} seconds. Send it again.",
            headers=(CLOSE,),
        ) from None


async def discard(receive: Receive) -> None:
    """Read off what the client still sends, and keep none of it, for at most LINGER_S."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LINGER_S):
            while (await receive()).get("more_body", False):
                pass


async def _read(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int) -> Problem:
    rule = f"must be at most {limit} bytes"
    return Problem(
        "REQUEST_TOO_LARGE",
        f"The request body {rule}. Send less at once.",
        {"field": "body", "rule": rule},
        (CLOSE,),
    )
