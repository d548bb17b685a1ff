"""What several request bodies share: a rate limit, an address restriction, and their meaning."""

from typing import Annotated

import msgspec

from engine.types import RateLimit
from server.durations import parse_window
from server.networks import parse_cidr
from server.problems import invalid

from . import forms, limits

_Cidr = Annotated[str, forms.form(examples=["10.0.0.0/8", "2001:db8::/32"])]
Cidrs = Annotated[tuple[_Cidr, ...], forms.form(maxItems=limits.TEXTS)]


class RateLimitPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """quota is an int64, hence a string on the wire; a plain number is accepted.

    Unlike elsewhere an unknown field is refused, and so is half a limit: it would be none.
    """

    quota: forms.Int64 = 0
    unit: Annotated[str, forms.form(enum=["", "requests"])] = ""
    window: Annotated[str, forms.form(examples=["60s"])] | None = None

    def __post_init__(self) -> None:
        limits.int64("rate_limit_policy.quota", self.quota)
        if self.unit not in ("", "requests"):
            raise invalid("rate_limit_policy.unit", 'must be "requests"')
        if self.window is not None:
            parse_window(self.window)
            if not int(self.quota):
                raise invalid("rate_limit_policy.quota", "must be at least 1 beside a window")
        elif int(self.quota) or self.unit:
            raise invalid("rate_limit_policy.window", 'is required, such as "60s"')

    def limit(self) -> RateLimit | None:
        """The limit, or None where nothing was said."""
        return (
            None if self.window is None else RateLimit(int(self.quota), parse_window(self.window))
        )


class IpRestriction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Networks a key may be used from; none named is unrestricted.

    Unlike elsewhere an unknown field is refused: a misspelt `allowed_cidrs` would restrict nothing.
    """

    allowed_cidrs: Cidrs = ()

    def __post_init__(self) -> None:
        limits.texts("ip_restriction.allowed_cidrs", self.allowed_cidrs)
        for index, text in enumerate(self.allowed_cidrs):
            if parse_cidr(text) is None:
                raise invalid(
                    f"ip_restriction.allowed_cidrs[{index}]",
                    'must be a network such as "10.0.0.0/8" or "2001:db8::/32"',
                )

    def networks(self) -> tuple[str, ...] | None:
        """The networks in their one spelling, host bits cleared; None is unrestricted."""
        plain = (parse_cidr(text) for text in self.allowed_cidrs)
        return tuple(text for text in plain if text is not None) or None


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What shall differ from a stored key, under the stored key's own field names."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    scopes: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    metadata: bytes | None | msgspec.UnsetType = msgspec.UNSET
    networks: tuple[str, ...] | None | msgspec.UnsetType = msgspec.UNSET
    limit: RateLimit | None | msgspec.UnsetType = msgspec.UNSET

    def fields(self) -> dict[str, object]:
        """The fields that are set, ready for `msgspec.structs.replace`."""
        pairs = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: value for name, value in pairs if value is not msgspec.UNSET}
