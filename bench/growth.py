"""What grows with the number of keys and of revocations, and what does not."""

from bench.growing_denylist import grow_denylist
from bench.growing_keys import grow_keys
from bench.plan import Mode
from bench.results import Section


def measure(name: str, mode: Mode) -> Section:
    section = Section(name=name)
    grow_denylist(section, _decades(mode.pick(5, 6, 7)))
    grow_keys(section, _decades(mode.pick(4, 6, 7)))
    return section


def _decades(last: int) -> tuple[int, ...]:
    return tuple(10**exponent for exponent in range(3, last + 1))
