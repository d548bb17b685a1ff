"""What a node knows of the log before it has read so far: what it wrote, what the stream brought.

A database that fails over and loses its last writes may take their places in the log again before a
node has read them. By these entries it is noticed all the same.
"""

from collections.abc import Iterable, Mapping

from storage.base import LogEntry

MOST = 10_000

_Place = tuple[int, int]


class Ahead:
    """Entries that others committed behind what was read, so many at most, the oldest out first."""

    def __init__(self) -> None:
        self._entries: dict[_Place, LogEntry] = {}

    def add(self, entry: LogEntry) -> None:
        """It is committed, so that whoever asks the database from now on finds it."""
        if len(self._entries) >= MOST:
            del self._entries[next(iter(self._entries))]
        self._entries[entry.shard, entry.seq] = entry

    def snapshot(self) -> Mapping[_Place, LogEntry]:
        """All that a question which is asked after this call must find."""
        return dict(self._entries)

    def stands(self, page: Iterable[LogEntry]) -> bool:
        """Whether these rows are what was known to stand in their places; they are known now."""
        known = ((row, self._entries.pop((row.shard, row.seq), None)) for row in page)
        return all([entry is None or _same(row, entry) for row, entry in known])

    def clear(self) -> None:
        self._entries.clear()


def _same(row: LogEntry, entry: LogEntry) -> bool:
    said, known = (
        (one.tenant, int(one.kind), one.target, one.value, one.expires_at) for one in (row, entry)
    )
    return said == known
