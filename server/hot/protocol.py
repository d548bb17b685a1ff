"""uvicorn's protocol, and above it the answers that need nothing but memory.

A head is not parsed again where what matters of its bytes was seen before. All others are read by
the parser; what can be answered from memory is answered in its callback, with no task, no scope and
no waiting. Where that is a yes that can be said again, the head is remembered. Whatever is not
answered so goes to the application as it came.
"""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server.dispatch import Dispatch
from server.framing import framed
from server.node import Node
from server.protocol import BODY, IDLE, Protocol
from server.refusals import HEAD_BYTES

from .heads import Plain, Roads

# So many pieces of a body are kept apart.
PIECES = 64
_log = logging.getLogger("marzipan.http")
# A HEAD has no body, whatever its answer says of one.
_UNLIKE = (b"HEAD", b"CONNECT")


class HotProtocol(Protocol):
    """One connection; a subclass has the roads of its node."""

    roads: Roads

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._peer: str | None = None
        self._data = b""  # what is being fed, where it begins with a request
        self._plain: Plain | None = None  # a request under way that may be answered at once
        self._chunks: list[bytes] = []
        self._asked = False  # whether a handler was, since data came last

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = self.client[0] if self.client else None

    def data_received(self, data: bytes) -> None:
        if self.roads.heads.receive(self, data):
            return
        # The rest of a head is no head: alone it might lack the very line that authorises.
        self._data = data if self._stage == IDLE else b""
        self._asked = False
        super().data_received(data)
        self._data = b""

    def _is_free(self) -> bool:
        """Whether an answer may be written now: none is due before it, the client takes them."""
        busy = self._at_work() or self.flow.write_paused or self.transport.is_closing()
        return not (busy or self._ending)

    def _answer(self, plain: Plain, body: bytes) -> bytes | None:
        common = self.server_state.default_headers
        if plain.head is not None:
            answer = plain.head.answer(body, self._peer, common, plain.offered)
            if answer is not None:
                self._learn(body, plain)
                return answer
        if self._asked:
            return None  # what was sent ahead lets all others come first
        self._asked = True
        response = self.roads.answer(plain, body)
        return None if response is None else framed(response, plain.request.request_id, common)

    def _learn(self, body: bytes, plain: Plain) -> None:
        size = len(self._data) - len(body)
        if plain.head is not None and size > 0 and self._data.endswith(body):
            self.roads.heads.learn(self._data[:size], plain.head)

    def write_answer(self, answer: bytes) -> None:
        self.transport.write(answer)
        self.server_state.total_requests += 1
        self._timed = False
        self._fed = self._body = 0
        if not self.flow.write_paused:
            self._deadline.set(self.idle_s)

    # What the parser calls

    def on_headers_complete(self) -> None:
        if self._is_free() and self._is_whole():
            method = self.parser.get_method()
            if method not in _UNLIKE:
                self._plain = self.roads.plain(method, self.url, self.headers, self._peer)
        if self._plain is None:
            super().on_headers_complete()
            return
        self._chunks = []
        self._stage, self._timed = BODY, False
        self._set_deadline()

    def _is_whole(self) -> bool:
        """Whether nothing about the head is unusual for the parser, or the connection's end."""
        parser = self.parser
        return (
            self._fed <= HEAD_BYTES
            and parser.get_http_version() == "1.1"
            and parser.should_keep_alive()
            and not parser.should_upgrade()
        )

    def on_body(self, body: bytes) -> None:
        if self._plain is None:
            super().on_body(body)
            return
        self._body += len(body)
        self._chunks.append(body)
        if len(self._chunks) >= PIECES:
            self._chunks = [b"".join(self._chunks)]

    def on_message_complete(self) -> None:
        if (plain := self._plain) is None:
            super().on_message_complete()
            return
        answer = None
        if not self._ending:
            try:
                answer = self._answer(plain, b"".join(self._chunks))
            except Exception as error:
                # The application says so to the client, if it finds the same.
                _log.error("answering at once failed", exc_info=error)
        if answer is None:
            self._hand_over()
            super().on_message_complete()
            return
        self._plain = None
        self._stage = IDLE
        self.write_answer(answer)

    def _late(self) -> None:
        if self._plain is None:
            super()._late()
        else:
            self._hand_over()  # which says what is late, in its own time

    def _hand_over(self) -> None:
        """Let the application have what is there of the request."""
        self._plain = None
        # All that was fed would be taken for the head, whose size was looked at when it came.
        fed, self._fed = self._fed, 0
        super().on_headers_complete()
        self._fed = fed
        for chunk in self._chunks:
            HttpToolsProtocol.on_body(self, chunk)
        self._chunks = []


def over(node: Node, app: Dispatch) -> type[HotProtocol]:
    """The protocol of the connections to a node's application."""
    shared = Roads(node, app)

    class Connection(HotProtocol):
        roads = shared

    return Connection
