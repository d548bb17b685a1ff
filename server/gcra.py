"""The generic cell rate algorithm: a rate limit that keeps one number per key.

That number is when the key's bucket will be full again. Time is whole ticks of any length, and all
arithmetic is exact: full times are counted in ticks times the quota, in which what one request
costs is the window itself and nothing is ever rounded.
"""

from collections import OrderedDict
from collections.abc import Hashable

import msgspec


class Rate(msgspec.Struct, frozen=True):
    """At most `quota` at once, filling up again evenly within `window` ticks.

    Raises ValueError where one is not at least 1.
    """

    quota: int
    window: int

    def __post_init__(self) -> None:
        if self.quota < 1 or self.window < 1:
            raise ValueError("a rate's quota and window are at least 1")


class Taken(msgspec.Struct, frozen=True):
    """What became of a request. Ticks from now.

    `remaining`: what could still be taken at once. `retry_after`: when the same request would be
    allowed, 0 where it was. `reset`: when all of the quota is there again.
    """

    allowed: bool
    remaining: int
    retry_after: int
    reset: int


def take(rate: Rate, full: int, now: int, cost: int = 1) -> tuple[int, Taken]:
    """Take `cost` of a bucket that is full at `full` (ticks times quota; 0 for a new one).

    The new `full`, which is the old one where the request is refused, and what became of it.
    Raises ValueError for a cost that no bucket ever has.
    """
    if not 0 <= cost <= rate.quota:
        raise ValueError("a request costs at most the quota, and never less than nothing")
    at, span = now * rate.quota, rate.window * rate.quota
    # A clock that was put back must not refuse for longer than an empty bucket takes to fill.
    full = min(max(full, at), at + span)
    after = full + cost * rate.window
    late = after - at - span
    if late > 0:
        return full, Taken(
            False, _left(rate, full, at), _ticks(late, rate), _ticks(full - at, rate)
        )
    return after, Taken(True, _left(rate, after, at), 0, _ticks(after - at, rate))


def _left(rate: Rate, full: int, at: int) -> int:
    return (rate.window * rate.quota - (full - at)) // rate.window


def _ticks(scaled: int, rate: Rate) -> int:
    return -(-scaled // rate.quota)


_LOOKS = 2  # more than one comes in at a time, so that the table shrinks again


class Gcra:
    """One rate for each of many keys, in bounded memory.

    A key whose bucket is full is as good as one never seen, and is forgotten. While `capacity` keys
    are not full, all others share one bucket: whoever floods it with keys gains nothing by that,
    and no key ever gets more than its rate.
    """

    def __init__(self, rate: Rate, capacity: int = 100_000) -> None:
        self.rate = rate
        self._capacity = capacity
        self._full: OrderedDict[Hashable, int] = OrderedDict()
        self._others = 0

    def take(self, key: Hashable, now: int, cost: int = 1) -> Taken:
        """Take `cost` of the key's bucket at `now` (ticks), or nothing. Raises ValueError."""
        known = key in self._full
        if not known:
            self._forget(now * self.rate.quota)
        if known or len(self._full) < self._capacity:
            # A newcomer may have had from the shared bucket what is missing there.
            full, taken = take(self.rate, self._full.get(key, self._others), now, cost)
            self._full[key] = full
            return taken
        self._others, taken = take(self.rate, self._others, now, cost)
        return taken

    def __len__(self) -> int:
        return len(self._full)

    def _forget(self, at: int) -> None:
        """Look at the keys that were not looked at for longest, and drop those that are full."""
        for _ in range(min(_LOOKS, len(self._full))):
            key, full = self._full.popitem(last=False)
            if full > at:
                self._full[key] = full
