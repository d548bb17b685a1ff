"""A proxy between a client and a server that does to the line between them what networks do.

It reads nothing of what it passes on. Both directions are spoilt apart: `up` is what the client
says, `down` what the server does.
"""

import asyncio
import contextlib
import enum
import socket
import struct

from .listening import Listening

_RESET = struct.pack("ii", 1, 0)


class Way(enum.Enum):
    """What becomes of the bytes of one direction."""

    PASS = "pass"
    HOLD = "hold"  # a partition: they are late, and arrive once it heals, as TCP sends them again
    DROP = "drop"  # half-open: they are gone without a word, and so is the connection for good


class TcpProxy(Listening):
    """Passes everything on to `target`, a port of loopback, until it is told otherwise."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.delay = 0.0  # seconds before any bytes are passed on, either way
        self.accepted = 0
        self._up = self._down = Way.PASS
        self._changed = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        super().__init__()

    def heal(self) -> None:
        """Pass everything on, and listen again."""
        self._switch(Way.PASS, Way.PASS)
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def hold(self, *, up: bool = True, down: bool = True) -> None:
        """Let no bytes through for as long as it lasts; none is lost."""
        self._spoil(Way.HOLD, up, down)

    def drop(self, *, up: bool = True, down: bool = True) -> None:
        """Swallow bytes. Whoever sent some meanwhile is on a dead line and is never told so."""
        self._spoil(Way.DROP, up, down)

    def cut(self) -> None:
        """Reset every connection that there is; new ones are made as before."""
        self._do(self._reset_all)

    def refuse(self) -> None:
        """Reset every connection, and refuse all others."""
        self._do(self._deafen)
        self.cut()

    def _spoil(self, way: Way, up: bool, down: bool) -> None:
        self._switch(way if up else Way.PASS, way if down else Way.PASS)

    def _switch(self, up: Way, down: Way) -> None:
        def switch() -> None:
            self._up, self._down = up, down
            self._changed.set()
            self._changed = asyncio.Event()

        self._do(switch)

    def _reset_all(self) -> None:
        for writer in list(self._open):
            _reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._open.add(writer)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            _reset(writer)
            self._open.discard(writer)
            return
        self._open.add(back)
        ways = [
            asyncio.ensure_future(self._pass(reader, back, True)),
            asyncio.ensure_future(self._pass(there, writer, False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for each in (writer, back):
                self._open.discard(each)
                each.transport.abort()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, up: bool
    ) -> None:
        dead = False
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if self.delay:
                    await asyncio.sleep(self.delay)
                while (way := self._up if up else self._down) is Way.HOLD:
                    await self._changed.wait()
                dead = dead or way is Way.DROP
                if not dead:
                    writer.write(data)
                    await writer.drain()
        # That the other side ended is not heard on a line that carries nothing.
        if dead:
            await asyncio.Event().wait()
        while (self._up if up else self._down) is not Way.PASS:
            await self._changed.wait()


def _reset(writer: asyncio.StreamWriter) -> None:
    line = writer.get_extra_info("socket")
    if line is not None:
        with contextlib.suppress(OSError):
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
