"""Revisions: places in the revocation log as text, which clients hand back and need not read.

`shard:seq`, or several joined by commas, of which all are meant.
"""

import re
from collections.abc import Iterable

from storage.base import SHARDS, LogEntry

from .problems import invalid

Revision = tuple[tuple[int, int], ...]

_ONE = re.compile(r"([0-9]{1,4}):([0-9]{1,18})")


def revision_of(entries: Iterable[LogEntry]) -> Revision:
    """The revision at which all of these entries are applied."""
    last: dict[int, int] = {}
    for entry in entries:
        last[entry.shard] = max(entry.seq, last.get(entry.shard, 0))
    return tuple(sorted(last.items()))


def text_of(places: Iterable[tuple[int, int]]) -> str:
    """A revision as text."""
    return ",".join(f"{shard}:{seq}" for shard, seq in places)


def parse_revision(field: str, text: str) -> Revision:
    """The places of a revision, none of "". Raises Problem 400 that names the field."""
    if not text:
        return ()
    parts = text.split(",", SHARDS)
    found = [match for part in parts if (match := _ONE.fullmatch(part))]
    places = tuple((int(match[1]), int(match[2])) for match in found)
    if len(places) != len(parts) or len(parts) > SHARDS or any(s >= SHARDS for s, _ in places):
        raise invalid(field, "must be a revision of an earlier answer")
    return places
