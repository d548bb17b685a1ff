"""A proxy that reads what a client says to Postgres, and spoils some of it.

It knows the messages of the protocol, version 3: a type byte, a length of 4 bytes that counts
itself, and a body. A rule is asked about every message of a client, before it is passed on.
"""

import asyncio
import contextlib
import struct
from collections.abc import Callable

from .listening import Listening, pump

CUT = "cut"  # pass the message on, and let no answer come back
RESET = "reset"  # pass nothing on, and end the connection
Rule = Callable[[bytes, bytes], "bytes | str | None"]


def error(sqlstate: str, message: str) -> bytes:
    """What a server answers to a statement that failed; the transaction is then aborted."""
    fields = b"".join(
        kind + text.encode() + b"\0"
        for kind, text in ((b"S", "ERROR"), (b"V", "ERROR"), (b"C", sqlstate), (b"M", message))
    )
    return b"E" + struct.pack("!I", len(fields) + 5) + fields + b"\0"


READY_FAILED = b"Z" + struct.pack("!I", 5) + b"E"
READY_IDLE = b"Z" + struct.pack("!I", 5) + b"I"


class PgProxy(Listening):
    """Listens on a port of its own until `stop`; `rule` may be changed at any time.

    A rule answers None (pass it on), CUT, RESET, or the bytes to answer instead of the server.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self.rule: Rule = lambda kind, body: None
        super().__init__()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        up = asyncio.ensure_future(self._upward(reader, back, writer))
        down = asyncio.ensure_future(pump(there, writer))
        try:
            await asyncio.wait([up, down], return_when=asyncio.FIRST_COMPLETED)
            if up.done() and up.exception() is None and up.result() == CUT:
                down.cancel()
                # The server goes on with what it was sent; the client sees the line go dead.
                writer.transport.abort()
                await asyncio.sleep(0.2)
        finally:
            up.cancel()
            down.cancel()
            writer.transport.abort()
            back.transport.abort()

    async def _upward(
        self,
        reader: asyncio.StreamReader,
        back: asyncio.StreamWriter,
        writer: asyncio.StreamWriter,
    ) -> str:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                # What comes first has no type: a version, or a wish for TLS or a cancellation.
                size = await reader.readexactly(4)
                body = await reader.readexactly(struct.unpack("!I", size)[0] - 4)
                back.write(size + body)
                if body[:4] != struct.pack("!I", 80877103):
                    break
            while True:
                head = await reader.readexactly(5)
                body = await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)
                verdict = self.rule(head[:1], body)
                if verdict == RESET:
                    return RESET
                if isinstance(verdict, bytes):
                    writer.write(verdict)
                    continue
                back.write(head + body)
                await back.drain()
                if verdict == CUT:
                    return CUT
        return RESET
