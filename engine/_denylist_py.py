"""The denylist in plain Python: the readable specification of `_denylist.pyx`.

Two tables, because nearly every lookup is of an id that is dead unconditionally or not there:
`dead` (KEY, GRANT, BLOCK) and `values` (CHILDREN, ACTOR, TENANT: the greatest value stands;
SUNSET: the smallest). Entries are forgotten by `prune` once they outlived what they kill.

Below them is the snapshot that was adopted, if any: what it holds too, and at least as strongly, is
not kept twice. The strongest of both stands, so an entry kept is strengthened by the snapshot's.

An entry kills by its own kind alone. Who can write a header chooses the ids in it, so a grant id
may be the id of somebody's key, and revoking that grant must leave the key alive.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ._compaction_py import CHILDREN, FOREVER, SUNSET, stronger
from ._run_py import Entry

if TYPE_CHECKING:
    from .snapshot import Snapshot


def _check(target: bytes) -> bytes:
    if len(target) != 16:
        raise ValueError("a revocation target is exactly 16 bytes")
    return target


class Denylist:
    """What is revoked, answered from memory."""

    def __init__(self) -> None:
        self._dead: dict[tuple[int, bytes], tuple[int, int]] = {}
        self._values: dict[tuple[int, bytes], tuple[int, int]] = {}
        self._adopted: Snapshot | None = None
        self._pruned = 0

    def add(self, kind: int, target: bytes, value: int, expires_at: int) -> None:
        """Add one log entry; adding again, weaker, or in another order changes nothing."""
        _check(target)
        if not 1 <= kind <= SUNSET:
            raise ValueError(f"unknown kind of revocation: {kind}")
        if value < 0 or expires_at < 0:
            raise ValueError("value and expires_at are not negative")
        table = self._dead if kind < CHILDREN else self._values
        entry = 0 if kind < CHILDREN else value, min(expires_at, FOREVER)
        standing = table.get((kind, target)) or self._cold(kind, target)
        strongest = entry if standing is None else stronger(kind, entry, standing)
        if (kind, target) in table or strongest != standing:
            table[kind, target] = strongest

    def _cold(self, kind: int, target: bytes) -> tuple[int, int] | None:
        entry = None if self._adopted is None else self._adopted.find(kind, target)
        return None if entry is None or entry[3] <= self._pruned else entry[2:]

    def is_dead(self, kind: int, target: bytes) -> bool:
        """Whether there is a KEY, GRANT or BLOCK entry, whichever is asked for."""
        _check(target)
        if not 1 <= kind < CHILDREN:
            return False
        return (kind, target) in self._dead or self._cold(kind, target) is not None

    def first_dead(self, kind: int, targets: Iterable[bytes]) -> int:
        """The index of the first target with an entry of this kind, or -1."""
        return next((i for i, target in enumerate(targets) if self.is_dead(kind, target)), -1)

    def value(self, kind: int, target: bytes) -> int:
        """The standing value of a CHILDREN, ACTOR, TENANT or SUNSET entry, or -1."""
        _check(target)
        if not CHILDREN <= kind <= SUNSET:
            return -1
        return (self._values.get((kind, target)) or self._cold(kind, target) or (-1, 0))[0]

    @property
    def has_values(self) -> bool:
        """False when every `value` would answer -1, so that callers can skip making targets."""
        return bool(self._values) or any(values for values, _ in self._runs())

    @property
    def exact(self) -> int:
        """How many entries are in memory: what asks for compaction when it grows large."""
        return len(self._dead) + len(self._values)

    @property
    def adopted(self) -> "Snapshot | None":
        """The snapshot that it reads."""
        return self._adopted

    @property
    def pruned(self) -> int:
        """The latest second by which expired entries were forgotten."""
        return self._pruned

    def prune(self, now: int) -> int:
        """Forget entries with expires_at <= now; how many there were.

        Of the snapshot, runs in which all has expired are counted. It works in the caller's thread,
        of which there may be several, and does nothing while another merges, prunes or adopts.
        """
        before = len(self)
        self._dead = {k: v for k, v in self._dead.items() if v[1] > now}
        self._values = {k: v for k, v in self._values.items() if v[1] > now}
        self._pruned = max(self._pruned, now)
        return before - len(self)

    def adopt(self, snapshot: "Snapshot") -> None:
        """Read this snapshot instead of the one before, and forget what it has forgotten.

        Nothing else is lost, whatever it holds: what it does not cover is kept in memory. Raises
        RuntimeError where another thread is merging, pruning or adopting.
        """
        kept = self.entries()
        self.prune(snapshot.now)
        self._adopted, self._dead, self._values = snapshot, {}, {}
        for kind, target, value, until in kept:
            if until > self._pruned:
                self.add(kind, target, value, until)

    def entries(self) -> list[Entry]:
        """All entries (kind, target, value, expires_at); one in memory may be there once more."""
        tables = (self._dead.copy(), self._values.copy())
        found = [key + entry for table in tables for key, entry in table.items()]
        if self._adopted is not None:
            found += [entry for entry in self._adopted.entries() if entry[3] > self._pruned]
        return found

    def _runs(self) -> list[tuple[bool, int]]:
        """Of each run of the snapshot that counts, whether it has values, and how many entries."""
        runs = () if self._adopted is None else self._adopted.runs
        return [(values, count) for _, values, count, until, _ in runs if until > self._pruned]

    def __len__(self) -> int:
        return self.exact + sum(count for _, count in self._runs())

    def __repr__(self) -> str:
        return f"<Denylist of {len(self)} entries>"
