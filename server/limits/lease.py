"""What a node knows of one counter in Redis: how often it is used here, and the uses leased to it.

Times are seconds that only grow, of this node.
"""

import math

from .limit import SECOND, Limit
from .script import Ask, Pace, Told

HOT_PER_S = 20.0
MOST = 10_000
# A refused counter is not asked again sooner: what comes back meanwhile stays in the bucket.
REFUSED_S = 0.002


class Lease:
    """One counter. `asking`: a lease is being asked for, so nobody else does."""

    __slots__ = (
        "_before", "_count", "_left", "_pause", "_since", "_size", "_until",
        "asking", "full_at", "refused_until", "uses",
    )  # fmt: skip

    def __init__(self, now: float) -> None:
        self.uses = 0  # leased, and not made yet
        self.asking = False
        self.refused_until = 0.0
        self._until = 0.0  # how long the leased uses may be made
        self._size = 0
        self._pause = 0.0
        self._left = 0
        self.full_at = 0.0  # when the bucket is full again, as Redis said last
        self._since, self._count, self._before = now, 0, 0.0

    def seen(self, now: float) -> None:
        """Count that the counter is asked about."""
        if now - self._since >= 1:
            self._before = self._count / (now - self._since)
            self._since, self._count = now, 0
        self._count += 1

    def take(self, now: float) -> bool:
        """Make a use that was leased, where there is one."""
        if self.held(now):
            self.uses -= 1
            return True
        return False

    def give_back(self, until: float) -> None:
        """Undo `take`, while the lease is still the one that lasts `until`, and is not renewed."""
        if self._until == until and not self.asking:
            self.uses += 1

    @property
    def until(self) -> float:
        """How long the lease lasts that there is."""
        return self._until

    def held(self, now: float) -> int:
        """How many uses are leased now."""
        return self.uses if now < self._until else 0

    def runs_out(self, now: float, pace: Pace) -> bool:
        """Whether more should be asked for, before anybody has to wait for it."""
        if self.asking or now < self._pause:
            return False
        return 2 * self.uses <= self._size or self._until - now < pace.ttl / SECOND / 2

    def ask(self, limit: Limit, need: int, now: float, pace: Pace) -> Ask:
        """What to ask of Redis: a lease too, where the counter is hot and nobody asks for one."""
        per_s = max(self._before, self._count)
        if self.asking or per_s <= HOT_PER_S:
            return Ask(limit, need)
        held = self.held(now)
        self.asking = True
        wanted = min(MOST, math.ceil(per_s * pace.ttl / SECOND))
        return Ask(limit, need, max(1, wanted - held), held)

    def told(self, ask: Ask, told: Told, sent: float, now: float, pace: Pace) -> None:
        """Take in what was answered to what was asked at `sent`."""
        self._left, self.full_at = told.left, sent + told.reset / SECOND
        if told.late:
            # Redis read its clock after `sent`: no use comes back before this.
            self.refused_until = max(sent + told.late / SECOND, now + REFUSED_S)
        if not ask.extra:
            return
        self.asking = False
        if told.given:
            self.uses = min(self.held(now), ask.held) + told.given
            self._until, self._size = sent + pace.ttl / SECOND, self.uses
        else:
            self._pause = now + pace.ttl / SECOND / 4

    def left(self, now: float) -> int:
        """About how many uses are left: what Redis said last, and what is leased here."""
        return self._left + self.held(now)
