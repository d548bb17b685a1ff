"""The decoded token, the same whichever form it came in. Values only: no keys, no bytes on a wire.

Each value has one spelling here: a first-party caveat has neither vid nor location, a third-party
caveat has both, and a location that is not stated is empty.
"""

from engine.redacted import Redacted

from . import limits


class Caveat(Redacted, frozen=True):
    """A restriction that somebody appended.

    cid: for a first-party caveat what it asks, for a third-party caveat the identifier of the
    discharge that meets it. vid: 72 bytes, the discharge's root key sealed under the tag before
    this caveat; None for a first-party caveat. location: where the discharge may be had, a hint
    that no chain covers; None for a first-party caveat. Raises ValueError.
    """

    cid: bytes
    vid: bytes | None = None
    location: bytes | None = None

    def __post_init__(self) -> None:
        if type(self.cid) is not bytes:
            raise ValueError("a caveat's cid must be bytes")
        if self.vid is None:
            if self.location is not None:
                raise ValueError("a first-party caveat has no location")
        elif type(self.vid) is not bytes or len(self.vid) != limits.VID:
            raise ValueError(f"a caveat's vid must be {limits.VID} bytes")
        elif type(self.location) is not bytes:
            raise ValueError("a third-party caveat's location must be bytes, if only empty")

    @property
    def third_party(self) -> bool:
        """Whether a discharge must meet it, and not our verifier."""
        return self.vid is not None

    def __repr__(self) -> str:
        if self.vid is None:
            return f"Caveat(cid={self.cid!r})"
        return f"Caveat(cid={self.cid!r}, location={self.location!r}, third_party=True)"


class Macaroon(Redacted, frozen=True):
    """A macaroon of which nothing has been verified.

    location: a hint naming the service, empty where there is none; no chain covers it. identifier:
    by which the verifier finds the root key. signature: 32 bytes, the tail of the chain; whoever
    has it can append, so no repr shows it. `==` is for tools and tests: whether a macaroon is
    genuine is for `verify` alone to say. Raises ValueError.
    """

    location: bytes
    identifier: bytes
    caveats: tuple[Caveat, ...]
    signature: bytes

    def __post_init__(self) -> None:
        if type(self.location) is not bytes or type(self.identifier) is not bytes:
            raise ValueError("a macaroon's location and identifier must be bytes")
        if type(self.caveats) is not tuple or not all(type(c) is Caveat for c in self.caveats):
            raise ValueError("a macaroon's caveats must be a tuple of Caveat")
        if len(self.caveats) > limits.CAVEATS:
            raise ValueError(f"a macaroon has at most {limits.CAVEATS} caveats")
        if type(self.signature) is not bytes or len(self.signature) != limits.SIGNATURE:
            raise ValueError(f"a macaroon's signature must be {limits.SIGNATURE} bytes")

    def __repr__(self) -> str:
        caveats = ", ".join(map(repr, self.caveats))
        where = f"location={self.location!r}, identifier={self.identifier!r}"
        return f"Macaroon({where}, caveats=({caveats}))"
