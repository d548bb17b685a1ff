"""Answers of Redis that are longer than expected are not read to their end.

An entry of a stream may be 512 MB, and whoever can write to Redis could have every node hold it.
redis-py knows no bound, so its parser is given one; a test tells when that no longer takes hold.
"""

from typing import Any

from redis._parsers import _AsyncRESP2Parser
from redis.exceptions import InvalidResponse


class TooLong(InvalidResponse):
    """An answer went over its bound; the connection is of no more use."""


def bounded(most: int) -> type[_AsyncRESP2Parser]:
    """A parser for redis-py that reads at most `most` bytes of one answer. See TooLong."""

    class Bounded(_AsyncRESP2Parser):
        _left = most

        async def read_response(self, disable_decoding: bool = False, **how: Any) -> Any:
            self._left = most
            return await super().read_response(disable_decoding, **how)

        async def _read(self, length: int) -> bytes:
            self._take(length)
            return await super()._read(length)

        async def _readline(self) -> bytes:
            line = await super()._readline()
            self._take(len(line))
            return line

        def _take(self, length: int) -> None:
            self._left -= length + 2
            if self._left < 0:
                raise TooLong("an answer is too long")

    return Bounded
