"""The denylist in plain Python: the readable specification of `_denylist.pyx`.

Two tables, because nearly every lookup is of an id that is dead unconditionally or not there:
`dead` (KEY, GRANT, BLOCK) and `values` (CHILDREN, ACTOR, TENANT: the greatest value stands;
SUNSET: the smallest). Entries are forgotten by `prune` once they outlived what they kill.

An entry kills by its own kind alone. Who can write a header chooses the ids in it, so a grant id
may be the id of somebody's key, and revoking that grant must leave the key alive.
"""

from collections.abc import Iterable

CHILDREN, ACTOR, TENANT, SUNSET = 4, 5, 6, 7


def _check(target: bytes) -> bytes:
    if len(target) != 16:
        raise ValueError("a revocation target is exactly 16 bytes")
    return target


class Denylist:
    """What is revoked, answered from memory."""

    def __init__(self) -> None:
        self._dead: dict[tuple[int, bytes], int] = {}
        self._values: dict[tuple[int, bytes], tuple[int, int]] = {}

    def add(self, kind: int, target: bytes, value: int, expires_at: int) -> None:
        """Add one log entry; adding again, weaker, or in another order changes nothing."""
        _check(target)
        if not 1 <= kind <= SUNSET:
            raise ValueError(f"unknown kind of revocation: {kind}")
        if value < 0 or expires_at < 0:
            raise ValueError("value and expires_at are not negative")
        if kind < CHILDREN:
            self._dead[kind, target] = max(expires_at, self._dead.get((kind, target), 0))
            return
        standing, until = self._values.get((kind, target), (value, expires_at))
        strongest = min(standing, value) if kind == SUNSET else max(standing, value)
        self._values[kind, target] = strongest, max(until, expires_at)

    def is_dead(self, kind: int, target: bytes) -> bool:
        """Whether there is a KEY, GRANT or BLOCK entry, whichever is asked for."""
        return (kind, _check(target)) in self._dead

    def first_dead(self, kind: int, targets: Iterable[bytes]) -> int:
        """The index of the first target with an entry of this kind, or -1."""
        return next((i for i, target in enumerate(targets) if self.is_dead(kind, target)), -1)

    def value(self, kind: int, target: bytes) -> int:
        """The standing value of a CHILDREN, ACTOR, TENANT or SUNSET entry, or -1."""
        return self._values.get((kind, _check(target)), (-1, 0))[0]

    @property
    def has_values(self) -> bool:
        """False when every `value` would answer -1, so that callers can skip making targets."""
        return bool(self._values)

    def prune(self, now: int) -> int:
        """Forget entries with expires_at <= now; how many there were."""
        before = len(self)
        self._dead = {k: until for k, until in self._dead.items() if until > now}
        self._values = {k: v for k, v in self._values.items() if v[1] > now}
        return before - len(self)

    def __len__(self) -> int:
        return len(self._dead) + len(self._values)

    def __repr__(self) -> str:
        return f"<Denylist of {len(self)} entries>"
