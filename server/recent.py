"""The revocations that a node learned last, to tell which of them a restored database has lost."""

import logging
from collections.abc import Callable, Iterable

from engine import Kind
from storage.base import LogEntry
from storage.rules import weakness

MOST = 10_000
_NAMED = 20  # in one line of the log

_log = logging.getLogger("marzipan.feed")
_Name = tuple[str, int, bytes]


class Recent:
    """At most MOST revocations, the oldest out first. `now` gives Unix seconds."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._entries: dict[_Name, LogEntry] = {}

    def add(self, entry: LogEntry) -> None:
        """Remember a revocation; a notice is of no interest."""
        if entry.kind not in Kind.__members__.values():
            return
        self._entries.pop(_name(entry), None)
        self._entries[_name(entry)] = entry
        if len(self._entries) > MOST:
            del self._entries[next(iter(self._entries))]

    def unseen(self) -> "Unseen":
        """All of them, to be ticked off while a log is read."""
        return Unseen(self._entries, self._now())

    def __len__(self) -> int:
        return len(self._entries)


class Unseen:
    """What was not found yet in a log that is being read."""

    def __init__(self, entries: dict[_Name, LogEntry], now: int) -> None:
        self._entries = {name: e for name, e in entries.items() if e.expires_at > now}

    def found(self, page: Iterable[LogEntry]) -> None:
        """Tick off what these entries kill as well."""
        for entry in page:
            known = self._entries.get(_name(entry))
            if known and weakness(entry.kind, entry.value) <= weakness(known.kind, known.value):
                del self._entries[_name(entry)]

    def alarm(self) -> None:
        """Say in the log what the database has lost and this node alone still knows."""
        if not self._entries:
            return
        named = ", ".join(
            f"{Kind(entry.kind).name.lower()} {entry.target.hex()} of {entry.tenant}"
            for entry in list(self._entries.values())[:_NAMED]
        )
        more = len(self._entries) - _NAMED
        _log.critical(
            "THE DATABASE HAS LOST %d REVOCATIONS that this node knows. It keeps them until it "
            "stops, and no other node has them: revoke again: %s%s",
            len(self._entries),
            named,
            f", and {more} more" if more > 0 else "",
        )


def _name(entry: LogEntry) -> _Name:
    return entry.tenant, int(entry.kind), entry.target
