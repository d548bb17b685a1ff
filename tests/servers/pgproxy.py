"""A proxy that reads what a client says to Postgres, and spoils some of it.

It knows the messages of the protocol, version 3: a type byte, a length of 4 bytes that counts
itself, and a body. A rule is asked about every message of a client, before it is passed on.
"""

import asyncio
import contextlib
import struct
from collections.abc import Callable
from typing import NamedTuple

from .listening import Listening

CUT = "cut"  # pass the message on, and let no answer come back
RESET = "reset"  # pass nothing on, and end the connection


class Say(NamedTuple):
    """Say this to the server in the place of the message, and of all else up to its next answer.

    So the server itself is in the state that the client is told of. In the place of a Parse it must
    be what no server can parse.
    """

    sql: str


Rule = Callable[[bytes, bytes], "str | Say | None"]


def failure(sqlstate: str, message: str) -> str:
    """A statement that fails so."""
    return f"DO $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '{sqlstate}'; END $$"


def lose(sqlstate: str = "40001") -> Say:
    """The transaction is told that it lost a race, and is aborted."""
    return Say(failure(sqlstate, "restart transaction"))


# CockroachDB's answers to COMMIT: the transaction is over, and has lost; or nobody knows.
LOSE_AT_COMMIT = Say(f"ROLLBACK; {failure('40001', 'restart transaction: retry txn')}")
AMBIGUOUS = Say(f"COMMIT; {failure('40003', 'result is ambiguous')}")


class PgProxy(Listening):
    """Listens on a port of its own until `stop`; `rule` may be changed at any time.

    A rule answers None (pass it on), CUT, RESET, or what to Say instead. `per_connection`
    makes a rule for every connection, which is asked first; `greeting` is told to every client once
    it is let in.
    """

    def __init__(
        self,
        port: int,
        per_connection: Callable[[], Rule] = lambda: lambda kind, body: None,
        greeting: bytes = b"",
    ) -> None:
        self._target = port
        self._per_connection = per_connection
        self._greeting = greeting
        self.rule: Rule = lambda kind, body: None
        super().__init__()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        up = asyncio.ensure_future(self._upward(reader, back, writer))
        down = asyncio.ensure_future(_pump(there, writer, self._greeting))
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
            own, said = self._per_connection(), None
            while True:
                head = await reader.readexactly(5)
                body = await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)
                kind = head[:1]
                if said is None:
                    verdict = own(kind, body) or self.rule(kind, body)
                    said = verdict if isinstance(verdict, Say) else None
                if said is not None:
                    # The server answers once to all up to a query or Sync; to Parse by itself.
                    if kind in b"QSP":
                        back.write(_instead(kind, body, said.sql))
                        said = None
                    continue
                if verdict == RESET:
                    return RESET
                back.write(head + body)
                await back.drain()
                if verdict == CUT:
                    return CUT
        return RESET


def _instead(kind: bytes, body: bytes, sql: str) -> bytes:
    """The message of a client that says `sql`: the same Parse, or a simple query."""
    text = sql.encode() + b"\0"
    name = body[: body.find(b"\0") + 1]
    kind, said = (b"P", name + text + bytes(2)) if kind == b"P" else (b"Q", text)
    return kind + struct.pack("!I", len(said) + 4) + said


_LET_IN = b"R" + struct.pack("!II", 8, 0)


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, greeting: bytes
) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            if greeting and data.startswith(_LET_IN):
                data, greeting = data.replace(_LET_IN, _LET_IN + greeting, 1), b""
            writer.write(data)
            await writer.drain()
