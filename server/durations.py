"""Lengths of time as people and SDKs write them, in whole seconds.

A ttl is any run of number and unit: `3600s`, `24h`, `1h30m`, `1.5d`, `1y6mo`. A month is 30 days
and a year 365. A rate limit's window takes the protobuf form only: whole seconds, `60s`.
"""

import re
from fractions import Fraction

from .problems import invalid

MAXIMUM = 315_360_000

_UNITS = {
    "ns": Fraction(1, 1_000_000_000),
    "us": Fraction(1, 1_000_000),
    "µs": Fraction(1, 1_000_000),  # U+00B5
    "μs": Fraction(1, 1_000_000),  # U+03BC
    "ms": Fraction(1, 1_000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3_600),
    "d": Fraction(86_400),
    "w": Fraction(604_800),
    "mo": Fraction(2_592_000),
    "y": Fraction(31_536_000),
}
_SPELLED = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))
_TERM = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|mo|s|m|h|d|w|y)")
_WINDOW = re.compile(r"([0-9]{1,12})(?:\.0{1,9})?s")
_LONGEST = 64


def parse_duration(
    text: str, field: str = "ttl", *, minimum: int = 1, maximum: int = MAXIMUM
) -> int:
    """Whole seconds, a fraction of a second cut off. Raises Problem 400 outside the bounds."""
    seconds = _sum(text)
    if seconds is None:
        raise invalid(field, 'must be a duration such as "3600s", "24h", "1h30m" or "1y6mo"')
    if not minimum <= seconds <= maximum:
        raise invalid(field, f"must be from {minimum}s to {maximum}s")
    return int(seconds)


def parse_window(text: str, field: str = "rate_limit_policy.window") -> int:
    """Seconds of a window in protobuf form. Raises Problem 400 for any other form."""
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise invalid(field, 'must be whole seconds in protobuf form, such as "60s"')
    seconds = int(match[1])
    if not 1 <= seconds <= MAXIMUM:
        raise invalid(field, f"must be from 1s to {MAXIMUM}s")
    return seconds


def format_seconds(seconds: int) -> str:
    """The protobuf form of a duration."""
    return f"{seconds}s"


def format_duration(seconds: int) -> str:
    """As settings spell it, in the greatest unit that leaves no rest: `365d`, `90s`."""
    return next(f"{seconds // size}{unit}" for size, unit in _SPELLED if seconds % size == 0)


def require_at_most(max_ttl: int, ttl: int) -> None:
    """Raises Problem 400 for a life (seconds) beyond the longest that is configured."""
    if ttl > max_ttl:
        raise invalid(
            "ttl", f"must be at most the configured max_ttl of {format_duration(max_ttl)}"
        )


def _sum(text: str) -> Fraction | None:
    if len(text) > _LONGEST:
        return None
    total = Fraction(0)
    position = 0
    while match := _TERM.match(text, position):
        total += Fraction(match[1]) * _UNITS[match[2]]
        position = match.end()
    return total if position == len(text) and position else None
