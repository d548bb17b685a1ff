"""Limits counted in the memory of this process, all of one use or none."""

from collections import OrderedDict
from collections.abc import Hashable, Sequence

from server.gcra import Rate, Taken, take

CAPACITY = 1_000_000
_LOOKS = 2  # more than one comes in at a time, so that the table shrinks again


class Buckets:
    """Buckets of many rates in bounded memory; only credentials that were good come here.

    A bucket that is full is as good as one never seen, and is forgotten. Past `capacity` others,
    the one that was looked at longest ago begins anew.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        # When a bucket is full again, in ticks times the quota, and that quota.
        self._full: OrderedDict[Hashable, tuple[int, int]] = OrderedDict()

    def take(
        self, counters: Sequence[tuple[Hashable, Rate]], now: int, *, keep: bool = True
    ) -> list[Taken]:
        """Take one of each bucket at `now` (ticks), or nothing of any; only look unless `keep`.

        Of buckets that are not refused themselves, while another is, `remaining` is what was left.
        """
        found = [(name, rate, self._at(name, rate)) for name, rate in counters]
        done = [take(rate, full, now) for _, rate, full in found]
        if not all(taken.allowed for _, taken in done):
            return [
                taken if not taken.allowed else take(rate, full, now, 0)[1]
                for (_, rate, full), (_, taken) in zip(found, done, strict=True)
            ]
        if keep:
            for (name, rate, _), (full, _) in zip(found, done, strict=True):
                self._keep(name, full, rate, now)
        return [taken for _, taken in done]

    def begin(self, name: Hashable, rate: Rate, full: int) -> None:
        """Let a bucket that is not known yet be full at `full` (ticks)."""
        if name not in self._full:
            self._keep(name, full * rate.quota, rate, 0)

    def __len__(self) -> int:
        return len(self._full)

    def _at(self, name: Hashable, rate: Rate) -> int:
        full, quota = self._full.get(name, (0, rate.quota))
        # A changed limit: the bucket is full when it would have been.
        return full if quota == rate.quota else -(-full * rate.quota // quota)

    def _keep(self, name: Hashable, full: int, rate: Rate, now: int) -> None:
        if name not in self._full:
            self._forget(now)
        self._full[name] = full, rate.quota
        self._full.move_to_end(name)

    def _forget(self, now: int) -> None:
        for _ in range(min(_LOOKS, len(self._full))):
            name, (full, quota) = self._full.popitem(last=False)
            if full > now * quota:
                self._full[name] = full, quota
        while len(self._full) >= self._capacity:
            self._full.popitem(last=False)
