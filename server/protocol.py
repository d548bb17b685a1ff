"""The HTTP protocol of one connection: uvicorn's, within limits of size and time.

Rules of this file:

* A request's head (its line and headers) is bounded in bytes and lines before anything is made of
  it, and so is what frames a body: chunk sizes, extensions, trailers.
* A connection has a deadline whenever it is the client that is waited for.
* `Upgrade` is ignored, as RFC 9110 section 7.8 allows: the request is answered as it stands. The
  parser, which believes in it, would drop the body or take it for the next request.
* Trailers are dropped: they come after whoever stands in front has checked the headers.
* A refusal is the usual envelope. It waits for the answers that are due before it and ends the
  connection: after a fault nobody knows where the next request begins.
"""

import asyncio
from typing import Any, NoReturn

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from . import refusals
from .deadline import Deadline
from .problems import Problem
from .refusals import HEAD_BYTES, HEADER_LINES, PIPELINED

# What the next byte of a connection belongs to. Plain numbers: every header asks for them.
IDLE, HEAD, BODY = range(3)


class Protocol(HttpToolsProtocol):
    """One connection. The times are in seconds; a subclass may choose others."""

    head_s = 5.0  # for the head of a request, and from connecting to the end of the first
    idle_s = 60.0  # from an answer to the next request
    unread_s = 15.0  # for the rest of a body that was answered without being read
    write_s = 15.0  # for the client to take in what was answered
    linger_s = 2.0  # for whoever was refused to read why

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._deadline = Deadline(self.loop, self._late)
        self._stage = IDLE
        self._timed = False  # whether the deadline already counts for the head under way
        self._fed = 0  # bytes of the message under way, as they came
        self._body = 0  # of those, bytes of its body
        self._upgrading = False
        self._line: tuple[bytes, bytes] = (b"", b"")  # method and version of an offer to upgrade
        self._fault: Problem | None = None  # why a callback stopped the parser
        self._refusal: Problem | None = None
        self._told = False  # whether the refusal is out
        self._ending = False  # whether the server is, and the next answer the last

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._timed = True
        self._deadline.set(self.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refusal is not None:
            return
        self._fed += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse(self._fault or refusals.MALFORMED)
            return
        if self._fed - self._body > HEAD_BYTES + self._body:
            self._refuse(refusals.LARGE)
        elif self._stage == HEAD and not self._timed:
            self._set_deadline()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._set_deadline()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._set_deadline()

    def _feed(self, data: bytes) -> None:
        rest = memoryview(data)
        while True:
            try:
                self.parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as upgrade:
                rest = rest[upgrade.args[0] :]
                self._without_upgrade()

    def _without_upgrade(self) -> None:
        """Let a new parser read the head again, the offer left out."""
        self.parser = httptools.HttpRequestParser(self)
        # As uvicorn has it: what comes after a last request is dropped, not a fault.
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._upgrading = False
        method, version = self._line
        head = [method, b" ", self.url, b" HTTP/", version, b"\r\n"]
        for name, value in self.headers:
            if name != b"upgrade":
                head += (name, b": ", value, b"\r\n")
        self.parser.feed_data(b"".join((*head, b"\r\n")))

    def shutdown(self) -> None:
        """End once what is under way is answered. Closed at once, an idle connection would lose
        the request that its client is sending just now: it is told with its answer instead.
        """
        self._ending = True
        if self._at_work():
            super().shutdown()
        elif self._stage == IDLE:
            self._deadline.set(self.linger_s)

    # What the parser calls

    def on_message_begin(self) -> None:
        self._stage = HEAD
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._stage == HEAD:
            HttpToolsProtocol.on_header(self, name, value)
            if len(self.headers) > HEADER_LINES:
                self._stop(refusals.LARGE)

    def on_headers_complete(self) -> None:
        # Only here is it known how much of what was fed belongs to the head.
        if self._fed > HEAD_BYTES and self._head_size() > HEAD_BYTES:
            self._stop(refusals.LARGE)
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                self._stop(refusals.CONNECT)
            self._upgrading = True
            self._line = self.parser.get_method(), self.parser.get_http_version().encode()
            return
        if len(self.pipeline) >= PIPELINED:
            self._stop(refusals.AHEAD)
        super().on_headers_complete()
        if self._ending:
            self.cycle.keep_alive = False
        self._stage, self._timed = BODY, False
        self._set_deadline()

    def on_body(self, body: bytes) -> None:
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._upgrading:
            return
        self._stage = IDLE
        self._fed = self._body = 0
        super().on_message_complete()
        if self.cycle.response_complete:
            self._set_deadline()

    # What the application's answer calls

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._refusal is not None:
            self._tell(self._refusal)
        else:
            self._set_deadline()

    # The deadline

    def _set_deadline(self) -> None:
        """Give the connection the time that its state allows, from now on."""
        if self._told:
            self._deadline.set(self.linger_s)
        elif self.flow.write_paused:
            self._deadline.set(self.write_s)
        elif self._at_work():
            self._deadline.clear()
        elif self._stage == BODY:
            self._deadline.set(self.unread_s)
        elif self._stage == HEAD:
            self._timed = True
            self._deadline.set(self.head_s)
        else:
            self._deadline.set(self.idle_s)

    def _at_work(self) -> bool:
        return bool(self.pipeline) or (self.cycle is not None and not self.cycle.response_complete)

    def _late(self) -> None:
        if self._stage == HEAD and self._refusal is None and not self._at_work():
            self._refuse(refusals.SLOW)
        elif self.transport.get_write_buffer_size():
            self.transport.abort()  # closing would wait for a client that does not read
        else:
            self.transport.close()

    # Refusals

    def _head_size(self) -> int:
        lines = sum(len(name) + len(value) + 4 for name, value in self.headers)
        return len(self.url) + lines

    def _stop(self, fault: Problem) -> NoReturn:
        self._fault = fault
        raise _Stopped

    def _refuse(self, why: Problem) -> None:
        """Take no more of this connection, and say why once every answer due before is out."""
        self._refusal = why
        if self._stage == BODY:
            if self.cycle.response_started:
                # Answered already: another answer would be taken for that of the next request.
                self.transport.close()
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.pipeline:
                self.pipeline.popleft()
                return
        elif self._at_work():
            return
        self._tell(why)

    def _tell(self, why: Problem) -> None:
        headers = () if self._stage == IDLE else self.headers
        offered = next((value for name, value in headers if name == b"x-request-id"), None)
        self.transport.write(refusals.encode(why, offered, self.server_state.default_headers))
        # Torn down at once, with bytes of the client's unread, TCP would drop the answer.
        self.transport.write_eof()
        self._told = True
        self._set_deadline()


class _Stopped(Exception):
    """Stops the parser; `Protocol._fault` says why."""
