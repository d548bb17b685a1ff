"""Where a value stands on an axis, and which values are written beside it."""

from collections.abc import Sequence
from math import ceil, floor, log10

import msgspec


class Scale(msgspec.Struct, frozen=True):
    """From values between `low` and `high` to places between `start` and `end`."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high = self.low, self.high
        if self.logarithmic:
            low, high, value = log10(low), log10(high), log10(value)
        share = (value - low) / (high - low) if high > low else 0.5
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        """At best half a dozen round values; the only one where there is one."""
        if self.high == self.low:
            return [self.low]
        if self.logarithmic:
            first, last = floor(log10(self.low)), ceil(log10(self.high))
            decades = [10.0**exponent for exponent in range(first, last + 1)]
            return [one for one in decades if self.low <= one <= self.high] or [self.low]
        step = _round_step((self.high - self.low) / 5)
        count = floor((self.high - self.low) / step + 1e-9)
        return [min(self.low + number * step, self.high) for number in range(count + 1)]


def from_zero(values: Sequence[float], start: float, end: float) -> Scale:
    """A linear scale that hides nothing by beginning elsewhere than at 0."""
    return Scale(0.0, max(values) * 1.05 or 1.0, start, end)


def decades(values: Sequence[float], start: float, end: float) -> Scale:
    """A logarithmic scale of whole decades; values must be above 0."""
    low, high = 10.0 ** floor(log10(min(values))), 10.0 ** ceil(log10(max(values)))
    return Scale(low, high if high > low else low * 10, start, end, True)


def _round_step(rough: float) -> float:
    """1, 2 or 5 times a power of ten, the least that is not below `rough`."""
    power = 10.0 ** floor(log10(rough))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * (1 - 1e-9))
