"""What a use is counted against, and how each of its limits stands afterwards."""

import enum
from collections.abc import Hashable, Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from engine.types import RateLimit
from server.gcra import Rate, Taken

SECOND = 1_000_000  # ticks: all times here are microseconds


class Of(enum.StrEnum):
    """Whose limit it is."""

    KEY = "key"
    ACTOR = "actor"
    TENANT = "tenant"


class Limit(NamedTuple):
    """One limit of a use. `name` is the key's id, the actor's name, or "" for the tenant's own."""

    of: Of
    tenant: str
    name: bytes | str
    stated: RateLimit

    @property
    def counter(self) -> Hashable:
        """What is counted under: not the rate, so that a changed limit takes over what was used."""
        return self[:3]

    @property
    def rate(self) -> Rate:
        """The limit in microseconds."""
        return rate_of(self.stated)


@lru_cache(maxsize=4096)
def rate_of(stated: RateLimit) -> Rate:
    """The limit in microseconds; more than one a microsecond counts as one a microsecond."""
    window = stated.window_s * SECOND
    return Rate(min(max(stated.quota, 1), window), window)


class Standing(msgspec.Struct, frozen=True):
    """How a limit stands; `taken` is None where it could not be counted, and was let pass."""

    limit: Limit
    taken: Taken | None


class Outcome(msgspec.Struct, frozen=True):
    """Whether a use is within all of its limits. Where it is not, it was counted in none."""

    allowed: bool
    standings: Sequence[Standing]

    @property
    def refusing(self) -> Standing | None:
        """The limit that refuses longest, or None."""
        said = [each for each in self.standings if each.taken and not each.taken.allowed]
        return max(said, key=_retry, default=None)

    def of(self, whose: Of) -> Standing | None:
        """How one of the limits stands."""
        return next((each for each in self.standings if each.limit.of is whose), None)


def _retry(standing: Standing) -> int:
    return standing.taken.retry_after if standing.taken else 0


NO_LIMITS = Outcome(True, ())
