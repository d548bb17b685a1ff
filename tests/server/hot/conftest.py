"""One node behind two listening sockets: that of the hot road, and that of the ordinary one.

Both are in the loop of the node, whose clock stands still, and say a date that is always the same,
so what they answer can be compared byte by byte.
"""

import asyncio
import contextlib
import json
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from uvicorn.server import ServerState

from server.app import create_app
from server.asgi import Response
from server.hot.heads import Plain
from server.hot.protocol import HotProtocol, over
from server.protocol import Protocol
from server.serving import uvicorn_config
from tests.server.api.conftest import *  # noqa: F403
from tests.server.api.conftest import APIKEYS, Api

PATH = f"{APIKEYS}:verify"
WAIT_S = 20.0
_FRESH = re.compile(b"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
LAST = b"GET /health/alive HTTP/1.1\r\nhost: mz\r\nx-request-id: last\r\nconnection: close\r\n\r\n"


class Both:
    """The two roads to one node; `protocol` is that of the hot one, `tls` what they listen with."""

    def __init__(self, api: Api, tls: ssl.SSLContext | None = None) -> None:
        self.api = api
        self._tls = tls
        self.protocol: type[HotProtocol] = over(api.node, create_app(api.node))
        self.handled = 0
        by_handlers = self.protocol.roads.answer

        def answer(plain: Plain, body: bytes) -> Response | None:
            response = by_handlers(plain, body)
            self.handled += response is not None
            return response

        self.protocol.roads.answer = answer  # type: ignore[method-assign]
        self._servers: list[asyncio.Server] = []
        self.states: list[ServerState] = []
        self._hot = self._listen(self.protocol)
        self._ordinary = self._listen(Protocol)

    def _listen(self, protocol: type[Protocol]) -> int:
        config = uvicorn_config(create_app(self.api.node), protocol)
        config.load()
        state = ServerState()
        self.states.append(state)
        state.default_headers = [(b"date", b"some day")]

        async def listen() -> asyncio.Server:
            loop = asyncio.get_running_loop()
            return await loop.create_server(
                lambda: protocol(config=config, server_state=state, app_state={}),
                *("127.0.0.1", 0),
                ssl=self._tls,
            )

        self._servers.append(self.api.run(listen()))
        port: int = self._servers[-1].sockets[0].getsockname()[1]
        return port

    @property
    def answered(self) -> int:
        """How many requests the hot road has answered by itself."""
        return sum(tally.count for tally in self.protocol.roads.tallies())

    def head(self, *lines: str, key: str | None = "", target: str = PATH, length: int) -> bytes:
        """The head of a verify; `key` "" is the first admin key, None sends none."""
        all_lines = [f"POST {target} HTTP/1.1", "host: mz", "x-request-id: same"]
        if key is not None:
            all_lines.append(f"authorization: Bearer {key or self.api.admin}")
        all_lines += [*lines, f"content-length: {length}", "", ""]
        return "\r\n".join(all_lines).encode("latin-1")

    def request(self, body: Any, *lines: str, **how: Any) -> bytes:
        """A whole verify; a text is the credential that is asked about, bytes are sent as is."""
        if isinstance(body, str):
            body = {"credential": body}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.head(*lines, **({"length": len(content)} | how)) + content

    def gateway(
        self, key: str | None, *lines: str, target: str = "/v1/verify", method: str = "GET"
    ) -> bytes:
        """A gateway's question about a credential; None presents none."""
        all_lines = [f"{method} {target} HTTP/1.1", "host: mz", "x-request-id: same"]
        if key is not None:
            all_lines.append(f"authorization: Bearer {key}")
        return "\r\n".join([*all_lines, *lines, "", ""]).encode("latin-1")

    def hot(self, *parts: bytes) -> bytes:
        """All that the hot road says to these, and to a last request that ends the connection."""
        return self.api.run(_converse(self._hot, self.states[0], (*parts, LAST)))

    def ordinary(self, *parts: bytes) -> bytes:
        return self.api.run(_converse(self._ordinary, self.states[1], (*parts, LAST)))

    def same(self, *parts: bytes) -> bytes:
        """What both roads say, the hot one also where it has seen the request before."""
        expected = self.ordinary(*parts)
        assert self.hot(*parts) == expected
        assert self.hot(*parts, *parts) == self.ordinary(*parts, *parts)
        return expected

    def at_once(self, request: bytes) -> bytes:
        """What both roads say to a request that the hot one must answer by itself."""
        self.ordinary(request)
        before = self.answered
        told = self.same(request)
        assert self.answered == before + 3, "the hot road was not taken"
        assert told.startswith(b"HTTP/1.1 200 ")
        return told

    def handled_at_once(self, request: bytes) -> bytes:
        """What both roads say to a request that the hot one must ask a handler for, who waits for
        nothing.
        """
        self.ordinary(request)
        before = self.answered, self.handled
        told = self.same(request)
        assert (self.answered, self.handled) == (before[0], before[1] + 3), "it was not at once"
        return told

    def stop(self) -> None:
        for server in self._servers:
            server.close()


async def _converse(port: int, state: ServerState, parts: Sequence[bytes]) -> bytes:
    loop = asyncio.get_running_loop()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        told = asyncio.ensure_future(_read(client))
        while not state.connections:
            await asyncio.sleep(0)
        for part in parts:
            # Whoever is refused before all was sent finds the answer all the same.
            with contextlib.suppress(ConnectionError):
                await loop.sock_sendall(client, part)
            # Until the other end, which is in this loop, has read it.
            for _ in range(4):
                await asyncio.sleep(0)
        said = await asyncio.wait_for(told, WAIT_S)
    while state.connections:
        await asyncio.sleep(0)
    return _FRESH.sub(b"an id of its own", said)


async def _read(client: socket.socket) -> bytes:
    loop, told = asyncio.get_running_loop(), b""
    with contextlib.suppress(ConnectionError):
        while more := await loop.sock_recv(client, 65_536):
            told += more
    return told


@pytest.fixture
def open_both(open_api: Callable[..., Api]) -> Iterator[Callable[..., Both]]:
    """Opens a node with settings, and both roads to it."""
    opened: list[Both] = []

    def open_(**flags: Any) -> Both:
        opened.append(Both(open_api(**flags)))
        return opened[-1]

    yield open_
    for both in opened:
        both.stop()


@pytest.fixture
def both(open_both: Callable[..., Both]) -> Both:
    return open_both()
