"""The caveats of format version 1: typed, allow-list only, each can only take away.

On the wire a caveat is a msgpack array `[tag, field, ...]`. Tags are stable; a new meaning takes
a new tag. Three rules hold for all of them: a fact the access does not state denies; a caveat
that is unknown, or of wrong arity or type, or has an empty list, denies; nothing is ever coerced.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import msgspec

from . import limits, networks, paths, scopes
from .access import Access

Uint = Annotated[int, msgspec.Meta(ge=0, le=limits.INTEGER)]
Positive = Annotated[int, msgspec.Meta(ge=1, le=limits.INTEGER)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=limits.STRING)]
Texts = Annotated[Sequence[Text], msgspec.Meta(min_length=1)]
Packed = Annotated[Sequence[bytes], msgspec.Meta(min_length=1)]
Digest = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Place(msgspec.Struct, frozen=True):
    """Where a caveat stands: how many blocks follow its own, and the clock leeway in seconds."""

    following: int = 0
    leeway: int = 0


class Caveat(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Base of all caveats."""

    def prohibits(self, access: Access, place: Place) -> str | None:
        """Why this access is outside the caveat, or None where the caveat allows it."""
        raise TypeError("a bare Caveat restricts nothing and is never decoded")

    def fault(self) -> str | None:
        """What no type can say is wrong with the fields, or None."""
        return None


class Window(Caveat, tag=1, frozen=True):
    """Allows not_before <= now < expires_at (Unix seconds); leeway only on not_before."""

    not_before: Uint
    expires_at: Uint

    def prohibits(self, access: Access, place: Place) -> str | None:
        if access.now + place.leeway < self.not_before:
            return f"not before {self.not_before}, it is {access.now} (Unix seconds)"
        if access.now >= self.expires_at:
            return f"expired at {self.expires_at}, it is {access.now} (Unix seconds)"
        return None


class Audience(Caveat, tag=2, frozen=True):
    """Allows where the one expected audience is listed."""

    audiences: Texts

    def prohibits(self, access: Access, place: Place) -> str | None:
        return _unlisted("audience", access.audience, self.audiences)


class Scopes(Caveat, tag=3, frozen=True):
    """Allows where every required scope is covered; always narrows the scopes returned."""

    scopes: Texts

    def prohibits(self, access: Access, place: Place) -> str | None:
        missing = scopes.uncovered(self.scopes, access.scopes)
        return None if missing is None else f"scope {missing!r} is not covered"

    def fault(self) -> str | None:
        return next(filter(None, map(scopes.fault, self.scopes)), None)


class Network(Caveat, tag=4, frozen=True):
    """Allows client addresses inside one of the packed networks; see `engine.cidr`."""

    networks: Packed

    def prohibits(self, access: Access, place: Place) -> str | None:
        return networks.outside(self.networks, access.client_ip)

    def fault(self) -> str | None:
        if all(map(networks.is_packed, self.networks)):
            return None
        return "a network must be an address and its prefix length, with host bits zero"


class Tools(Caveat, tag=5, frozen=True):
    """Allows the tools listed, and with "ns.*" every tool whose name begins with "ns."."""

    tools: Texts

    def prohibits(self, access: Access, place: Place) -> str | None:
        if access.tool is not None and any(
            access.tool == tool or (tool.endswith(".*") and access.tool.startswith(tool[:-1]))
            for tool in self.tools
        ):
            return None
        return _unlisted("tool", access.tool, self.tools, known=False)

    def fault(self) -> str | None:
        if any("*" in t and ("*" in t[:-1] or not t[:-1].endswith(".")) for t in self.tools):
            return "'*' must be the last whole part of a tool, as in 'ns.*'"
        return None


class Amount(Caveat, tag=6, frozen=True):
    """Allows 0 <= amount <= maximum in minor units of one currency: USD 49.99 is 4999."""

    currency: Text
    maximum: Uint

    def prohibits(self, access: Access, place: Place) -> str | None:
        if access.amount is None:
            return "no amount was stated"
        currency, minor = access.amount
        if type(minor) is not int or minor < 0:
            return "the amount is not a whole, non-negative number of minor units"
        if currency != self.currency:
            return f"currency must be {self.currency!r}, not {currency!r}"
        if minor > self.maximum:
            return f"amount {minor} exceeds {self.maximum} (minor units of {self.currency})"
        return None


class Http(Caveat, tag=7, frozen=True):
    """Allows the methods listed on paths under one of the patterns."""

    methods: Texts
    paths: Texts

    def prohibits(self, access: Access, place: Place) -> str | None:
        if reason := _unlisted("method", access.method, self.methods):
            return reason
        return _not_under("path", access.path, access.path_segments, self.paths)

    def fault(self) -> str | None:
        return next(filter(None, map(paths.fault, self.paths)), None)


class Resource(Caveat, tag=8, frozen=True):
    """Allows resources listed, or under a listed "prefix/*"."""

    resources: Texts

    def prohibits(self, access: Access, place: Place) -> str | None:
        segments = access.resource_segments
        return _not_under("resource", access.resource, segments, self.resources)

    def fault(self) -> str | None:
        return next(filter(None, map(paths.fault, self.resources)), None)


class Delegate(Caveat, tag=9, frozen=True):
    """Names the delegate, for lineage and audit. Untrusted text: revoking the actor denies it."""

    actor: Text

    def prohibits(self, access: Access, place: Place) -> str | None:
        return None


class MaxDepth(Caveat, tag=10, frozen=True):
    """Allows at most `blocks` further blocks after its own."""

    blocks: Uint

    def prohibits(self, access: Access, place: Place) -> str | None:
        if place.following > self.blocks:
            return f"at most {self.blocks} further blocks, there are {place.following}"
        return None


class Budget(Caveat, tag=11, frozen=True):
    """Allows spending up to `limit` per window; the verifier debits it when all else allows.

    unit: "calls" (each verify costs 1) or a currency (it costs the amount, in minor units).
    The window begins with the first spend and lasts `window_s` seconds.
    """

    unit: Text
    limit: Uint
    window_s: Positive

    CALLS: ClassVar[str] = "calls"

    def cost(self, access: Access) -> int | None:
        """What this access costs, or None where the access does not say."""
        if self.unit == self.CALLS:
            return 1
        if access.amount is None or access.amount[0] != self.unit:
            return None
        minor = access.amount[1]
        return minor if type(minor) is int and minor >= 0 else None

    def prohibits(self, access: Access, place: Place) -> str | None:
        cost = self.cost(access)
        if cost is None:
            return f"no amount in {self.unit!r} was stated"
        if cost > self.limit:
            return f"{cost} exceeds the whole budget of {self.limit} {self.unit}"
        return None


class BodyHash(Caveat, tag=12, frozen=True):
    """Allows the one request body with this BLAKE3 hash."""

    digest: Digest

    def prohibits(self, access: Access, place: Place) -> str | None:
        if access.body_hash is None:
            return "no body hash was stated"
        return None if access.body_hash == self.digest else "the body's hash differs"


class Binding(Caveat, tag=13, frozen=True):
    """Allows the holder of the proof key with this thumbprint."""

    thumbprint: Digest

    def prohibits(self, access: Access, place: Place) -> str | None:
        if access.binding is None:
            return "no proof key was presented"
        return None if access.binding == self.thumbprint else "another proof key was presented"


class Custom(Caveat, tag=64, frozen=True):
    """Allows what the handler registered under `name` answers with exactly True."""

    name: Text
    payload: bytes

    def prohibits(self, access: Access, place: Place) -> str | None:
        handler = (access.custom or {}).get(self.name)
        if handler is None:
            return f"no handler for {self.name!r} is registered"
        try:
            allowed = handler(self.payload)
        except Exception as error:  # a handler that fails has not allowed anything
            return f"the handler for {self.name!r} failed with {type(error).__name__}"
        return None if allowed is True else f"the handler for {self.name!r} did not allow it"


AnyCaveat = (
    Window | Audience | Scopes | Network | Tools | Amount | Http | Resource | Delegate
    | MaxDepth | Budget | BodyHash | Binding | Custom
)  # fmt: skip


def _shown(value: str) -> str:
    """What was presented, cut where a sender made it long to fill logs and answers."""
    return repr(value) if len(value) <= limits.STRING else f"{value[: limits.STRING]!r}..."


def _unlisted(
    what: str, value: str | None, listed: Sequence[str], *, known: bool = True
) -> str | None:
    if value is None:
        return f"no {what} was stated"
    if known and value in listed:
        return None
    return f"{what} {_shown(value)} is not one of {', '.join(map(repr, listed))}"


def _not_under(
    what: str, value: str | None, segments: tuple[str, ...] | None, patterns: Sequence[str]
) -> str | None:
    if value is None:
        return f"no {what} was stated"
    if segments is None:
        return f"{what} {_shown(value)} has more than one reading, or is too long"
    if paths.under(segments, patterns):
        return None
    return f"{what} {_shown(value)} is not under {', '.join(map(repr, patterns))}"
