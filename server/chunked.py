"""Sends a response that has no end of its own: until its source ends, or the client is gone."""

import asyncio
from collections.abc import AsyncGenerator

from .asgi import Receive, Send


async def send_chunks(send: Send, receive: Receive, chunks: AsyncGenerator[bytes, None]) -> int:
    """Send chunks as the client takes them in; how many bytes they had. Closes them in any case.

    Nothing is made of the next one before the client has room for it, so that one who does not
    read holds one chunk, and what his connection buffers. Raises what the source raises.
    """
    sending = asyncio.ensure_future(_send(send, chunks))
    leaving = asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, leaving):
            task.cancel()
        await asyncio.wait((sending, leaving))
        await chunks.aclose()
    return 0 if sending.cancelled() else sending.result()


async def _send(send: Send, chunks: AsyncGenerator[bytes, None]) -> int:
    size = 0
    async for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        size += len(chunk)
    await send({"type": "http.response.body", "body": b""})
    return size


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
