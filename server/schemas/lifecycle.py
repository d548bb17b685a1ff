"""Bodies of the routes by which a key that lives on is changed, and an actor is revoked."""

import msgspec

from server.durations import parse_duration
from server.problems import invalid
from server.timestamps import to_seconds

from . import forms


class NoRequest(msgspec.Struct, frozen=True):
    """The body of a route that asks nothing but what its path says."""


class ExtendRequest(msgspec.Struct, frozen=True):
    """How long a key shall live from now on, or until when: one of the two."""

    ttl: forms.Duration | None = None
    expire_time: forms.Time | None = None

    def __post_init__(self) -> None:
        if (self.ttl is None) == (self.expire_time is None):
            raise invalid("ttl", "or expire_time is required, and not both")
        self.end(0)

    def end(self, now: int) -> tuple[int, str]:
        """The end asked for in Unix seconds, and the name of the field that says so."""
        if self.ttl is not None:
            return now + parse_duration(self.ttl), "ttl"
        return to_seconds(self.expire_time or "", "expire_time"), "expire_time"


class ActorRevocation(msgspec.Struct, frozen=True, kw_only=True):
    """What a revocation of an actor did.

    Whatever was issued up to `issued_until` is dead. `revisions` are the places in the revocation
    log that it took; none where it stood there already. `revoked_keys`: keys whose status became
    REVOKED by this call.
    """

    actor_id: str
    issued_until: forms.Time
    revisions: tuple[forms.Position, ...]
    revoked_keys: int
