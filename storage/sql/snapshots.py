"""Which snapshots of the denylists were made; where they are kept, the database does not know."""

from collections.abc import Sequence

from storage.cluster import SNAPSHOTS, RecordedSnapshot

from .script import Script, ask, write

_ADD = "INSERT INTO snapshots (digest, master_id, positions, at_ms) VALUES (?, ?, ?, ?)"
_FORGET = "DELETE FROM snapshots WHERE digest = ?"
_NEWEST = "SELECT digest, master_id, positions, at_ms FROM snapshots ORDER BY at_ms DESC, digest"


def record(snapshot: RecordedSnapshot) -> Script[None]:
    yield from write(_FORGET, snapshot.digest)
    positions = ",".join(map(str, snapshot.positions))
    yield from write(_ADD, snapshot.digest, snapshot.master_id, positions, snapshot.at_ms)
    for old in (yield from newest())[SNAPSHOTS:]:
        yield from write(_FORGET, old.digest)


def newest() -> Script[Sequence[RecordedSnapshot]]:
    return [
        RecordedSnapshot(bytes(digest), master_id, tuple(map(int, positions.split(","))), at_ms)
        for digest, master_id, positions, at_ms in (yield from ask(_NEWEST))
    ]
