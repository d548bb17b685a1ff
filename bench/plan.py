"""What is measured, in which order, and about how long each part takes."""

import enum
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Mode(enum.Enum):
    """How thorough a run is: `quick` shows that all works, `full` is the reference, `long` has
    the greatest sizes too.
    """

    QUICK = "quick"
    FULL = "full"
    LONG = "long"

    def pick(self, quick: T, full: T, long: T | None = None) -> T:
        """What is meant for this mode; what is said of `full` holds for `long` too."""
        if self is Mode.QUICK:
            return quick
        return full if self is Mode.FULL or long is None else long


class Part(NamedTuple):
    """A module with `measure(name, mode) -> Section`, and about how many seconds it takes."""

    name: str
    module: str
    what: str
    quick: float
    full: float
    long: float

    def seconds(self, mode: Mode) -> float:
        return mode.pick(self.quick, self.full, self.long)


PARTS = (
    Part("engine", "bench.micro", "verify, its steps, codec, denylist, JSON", 10, 60, 60),
    Part(
        "rivals", "bench.rivals.race", "the same verify by others, each in its process", 12, 50, 50
    ),
    Part("growth", "bench.growth", "blocks, caveats, keys stored, revocations", 8, 150, 1500),
    Part("stores", "bench.micro", "SQLite and Postgres", 8, 60, 60),
    Part("memory", "bench.memory", "bytes a key and a revocation", 3, 15, 15),
    Part("saturation", "bench.wire.saturation", "HTTP at the limit, beside floors", 30, 230, 230),
    Part("where", "bench.wire.where", "where the time of an HTTP verify goes", 11, 40, 40),
    Part("latency", "bench.wire.latency", "HTTP below the limit", 8, 60, 60),
    Part(
        "traffic",
        "bench.load.traffic",
        "mixed users with locust, every answer checked",
        10,
        75,
        620,
    ),
    Part("denylist", "bench.extra", "the denylist at its greatest sizes", 10, 60, 120),
    Part("propagation", "bench.extra", "revoke to the last refusal", 10, 60, 120),
)


def chosen(only: str) -> tuple[Part, ...]:
    """The parts named, joined by commas; all where nothing is said. Raises ValueError."""
    if not only:
        return PARTS
    names = only.split(",")
    known = {part.name: part for part in PARTS}
    for name in names:
        if name not in known:
            raise ValueError(f"there is no part {name!r}; the parts are {', '.join(known)}")
    return tuple(known[name] for name in names)
