"""Whether what this node knows is fresh enough to accept a credential by.

A node that follows others' writes may accept only as long as its lease runs: `max_staleness` from
the moment before the last question was sent to the database whose answer it has applied in full.
The clock is the one of the machine's boot, which nobody sets and which runs on through suspend, so
that a process that was stopped finds its lease run out before it answers. The row by which other
nodes know of this one is a lease of the same length: past it they no longer wait for this node, so
past it this node accepts nothing either. A node that has its database to itself is always fresh.
"""

import logging
import math
from collections.abc import Callable

from .forgetting import boot_time
from .problems import Problem
from .seldom import Seldom

CLOSED, CHECK, OPEN = POLICIES = ("closed", "check", "open")
# For so long an answer of the database stands by itself, without a lease: the promised bound.
CHECKED_S = 0.1

_log = logging.getLogger("marzipan.feed")


class Freshness:
    """The lease. `clock` gives seconds that only grow, also while the machine is suspended."""

    def __init__(self, max_staleness: float, clock: Callable[[], float] = boot_time) -> None:
        self.max_staleness = max_staleness
        self.clock = clock
        self._polled = self._enrolled = self._not_before = self._checked = -math.inf
        self._until = -math.inf
        self._said = Seldom(_log)

    def holds(self) -> bool:
        """Whether the lease runs at this very moment: to be asked last, before an answer."""
        return self.clock() < self._until

    @property
    def staleness(self) -> float:
        """Seconds since the database was asked last with an answer that was applied in full."""
        return max(0.0, self.clock() - self._checked)

    def alone(self) -> None:
        """Nobody else writes the database: fresh for good."""
        self._polled = self._enrolled = math.inf
        self._renew()

    def polled(self, began: float) -> None:
        """All that the database had at `began`, by this clock, is applied."""
        if began >= self._not_before:
            self._polled = began
            self._renew()
        self._checked = began

    def enrolled(self, began: float) -> None:
        """The row that was sent to the registry at `began` was written."""
        now = self.clock()
        if now >= self._enrolled + self.max_staleness:
            # Until now others may have taken this node for gone, and told their clients so: what
            # was read before that is not enough.
            self._polled, self._not_before = -math.inf, now
        self._enrolled = began
        self._renew()

    def lose(self) -> None:
        """Not fresh from now on, until `polled` says so again."""
        self._polled = self._checked = -math.inf
        self._renew()

    def _renew(self) -> None:
        self._until = min(self._polled, self._enrolled) + self.max_staleness

    def since(self, began: float) -> bool:
        """Whether a poll begun at `began` or later was applied, and only just now.

        Other nodes need not know of this one then, so that it must be over before they tell
        anybody that all have applied what was revoked in between.
        """
        return self._checked >= began and self.clock() < self._checked + CHECKED_S

    def accepting_stale(self) -> None:
        """Say in the log that something is accepted outside the promise."""
        self._said.warn("accepting credentials without knowing what was revoked lately", "-")


def not_fresh() -> Problem:
    """The 503 of a node that can't tell what was revoked lately."""
    message = "This node can't tell what was revoked lately: it has lost its database. Try again."
    return Problem("SERVICE_UNAVAILABLE", message, headers=((b"retry-after", b"1"),))
