"""Reads the stream and adds what it says to the denylist, before the database is asked.

It only ever adds, and moves no position: what is forged, lost, repeated or late here is harmless.
After every interruption it goes on at the stream's end; what it missed is read from the database.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from redis.asyncio import Redis

from storage.base import LogEntry

from .backoff import Backoff
from .client import DOWN, explain
from .gaps import Gaps
from .health import Health
from .messages import LARGEST, Heard, Seals

BLOCK_S = 1.0
MESSAGES = 32  # most of one read
# Most bytes of one read. A reader that is sent more goes on at the end of the stream.
LONGEST = MESSAGES * (LARGEST + 1024)
_TURN = 256  # entries after which others have their turn
_FORGED = 200  # strange messages that may be read in a second; more, and the stream is left alone
_SENDERS = 4096

Messages = Sequence[tuple[bytes, Mapping[bytes, bytes]]]


class Flooded(Exception):
    """The stream carries too much that no node of this cluster wrote."""


class Follower:
    """`run` reads until it is cancelled. `client` waits longer for an answer than BLOCK_S.

    `apply` takes an entry of another node, maybe more than once; `beat` is told that a message of
    another node was heard.
    """

    def __init__(
        self,
        client: Redis,
        stream: str,
        seals: Seals,
        sender: bytes,
        health: Health,
        *,
        apply: Callable[[LogEntry], None],
        gaps: Gaps,
        beat: Callable[[], None],
    ) -> None:
        self._client = client
        self._stream = stream
        self._seals = seals
        self._sender = sender
        self._health = health
        self._apply = apply
        self._gaps = gaps
        self._beat = beat
        self._counts = OrderedDict[bytes, int]()  # the last message of each sender
        self._strange_at, self._strange = 0.0, 0
        self.forged = 0
        self.applied = 0

    async def run(self) -> None:
        """Follow until cancelled. Never raises for what Redis does."""
        backoff = Backoff()
        while True:
            try:
                await self._follow(await self._end())
                self._health.lost("nothing is heard on it")
            except Flooded:
                self._health.lost("it is full of messages that no node of this cluster wrote")
            except DOWN as error:
                self._health.lost(explain(error))
            await backoff.pause()

    async def _end(self) -> bytes:
        """The id of the stream's last message. An older one would wait for ever after a reset."""
        newest: Any = await self._client.xrevrange(self._stream, count=1)
        end: bytes = newest[0][0] if newest else b"0-0"
        return end

    async def _follow(self, last: bytes) -> None:
        while messages := await self._read(last):
            for _, fields in messages:
                await self._take(fields)
            last = messages[-1][0]
            self._gaps.look_soon()
            # Under a flood every read answers at once.
            await asyncio.sleep(0)

    async def _read(self, last: bytes) -> Messages:
        """Messages behind the last one; none when there were none for BLOCK_S."""
        read: Any = await self._client.xread(
            {self._stream: last}, count=MESSAGES, block=int(BLOCK_S * 1000)
        )
        messages: Messages = read[0][1] if read else ()
        return messages

    async def _take(self, fields: Mapping[bytes, bytes]) -> None:
        heard = self._seals.open(fields.get(b"m", b""))
        if heard is None:
            self._reject()
            return
        if self._is_new(heard):
            self._note(heard)
        if heard.entries is None:
            self._gaps.unreadable()
        # What this node wrote it has applied before it said so.
        elif heard.sender != self._sender:
            await self._apply_all(heard.entries)

    def _is_new(self, heard: Heard) -> bool:
        """Whether it proves anything: whoever writes to Redis can repeat what he read there."""
        new = self._counts.get(heard.sender, -1) < heard.count
        if new:
            self._counts[heard.sender] = heard.count
            self._counts.move_to_end(heard.sender)
            if len(self._counts) > _SENDERS:
                self._counts.popitem(last=False)
        return new

    def _note(self, heard: Heard) -> None:
        if heard.sender == self._sender:
            self._health.heard_own(heard.count)
        else:
            self._health.heard()
            self._beat()

    async def _apply_all(self, entries: Sequence[LogEntry]) -> None:
        for entry in entries:
            # What was read from the database is never applied again, however often it is repeated.
            if self._gaps.saw(entry):
                self._apply(entry)
                self.applied += 1
                if self.applied % _TURN == 0:
                    await asyncio.sleep(0)

    def _reject(self) -> None:
        self.forged += 1
        now = asyncio.get_running_loop().time()
        if now - self._strange_at > 1:
            self._strange_at, self._strange = now, 0
        self._strange += 1
        if self._strange > _FORGED:
            raise Flooded
