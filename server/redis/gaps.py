"""Tells when entries came by the stream but one before them did not: then the database is asked.

Commits of several nodes reach the stream in any order, so a gap counts when it has stood a while.
"""

import asyncio
from collections.abc import Callable, Sequence

from storage.base import LogEntry

PATIENCE_S = 0.02
_MOST = 4096  # seqs of a shard that are remembered


class Gaps:
    """`positions` is the node's own list, seq by shard as read from the database. `hint` asks it.

    Rests on nothing but the positions as they are: they may also go back, after a restore.
    """

    def __init__(self, positions: Sequence[int], hint: Callable[[], None]) -> None:
        self._positions = positions
        self._hint = hint
        self._ahead: list[set[int]] = [set() for _ in positions]
        self._timer: asyncio.TimerHandle | None = None

    def saw(self, entry: LogEntry) -> bool:
        """Whether the entry is one that was not read from the database yet."""
        if entry.seq <= self._positions[entry.shard]:
            return False
        ahead = self._ahead[entry.shard]
        if len(ahead) >= _MOST:
            ahead.clear()
            self._hint()
        ahead.add(entry.seq)
        return True

    def unreadable(self) -> None:
        """A message came whose entries can't be read."""
        self._hint()

    def look_soon(self) -> None:
        """Ask the database, should a gap still be there in a while."""
        if self._timer is None and any(self._ahead):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(PATIENCE_S, self._look)

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        if any([self._has_gap(shard) for shard in range(len(self._ahead))]):
            self._hint()

    def _has_gap(self, shard: int) -> bool:
        through, ahead = self._positions[shard], self._ahead[shard]
        if not ahead:
            return False
        ahead = self._ahead[shard] = {seq for seq in ahead if seq > through}
        return bool(ahead) and max(ahead) - through > len(ahead)
