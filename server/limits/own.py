"""Limits counted by this process alone."""

from collections.abc import Callable, Sequence

from .buckets import Buckets
from .limit import SECOND, Limit, Outcome, Standing


class Own:
    """`clock` gives Unix seconds; one that is put back refuses for a window at most."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets = Buckets()

    def at_once(self, limits: Sequence[Limit], *, keep: bool = True) -> Outcome:
        """Count a use in all limits, or in none."""
        counters = [(limit.counter, limit.rate) for limit in limits]
        taken = self._buckets.take(counters, int(self._clock() * SECOND), keep=keep)
        standings = tuple(map(Standing, limits, taken))
        return Outcome(all(each.allowed for each in taken), standings)

    async def take(self, limits: Sequence[Limit]) -> Outcome:
        """As `at_once`, which always knows."""
        return self.at_once(limits)

    async def look(self, limits: Sequence[Limit]) -> Outcome:
        """What `take` would answer; nothing is counted."""
        return self.at_once(limits, keep=False)

    async def close(self) -> None:
        """Nothing is under way."""
