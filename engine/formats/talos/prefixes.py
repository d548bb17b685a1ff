"""The text prefixes of a Talos installation, and that none of them is taken for another."""

import re
from collections.abc import Mapping

import msgspec

from engine.text import Prefixes

_ISSUED = re.compile(r"[A-Za-z0-9_]{1,16}")
_MACAROON = re.compile(r"[A-Za-z0-9_]{1,8}")
VERSION = "_v1_"


class TalosPrefixes(msgspec.Struct, frozen=True, kw_only=True):
    """Every prefix whose credentials are accepted, current, retired and public alike.

    Nothing is issued under them here, so which is which makes no difference. Raises ValueError
    where one is not what Talos allows, or could be taken for another.
    """

    issued: tuple[str, ...] = ("ory_ak",)
    macaroon: tuple[str, ...] = ("mc",)

    def __post_init__(self) -> None:
        for one in self.issued:
            if not _ISSUED.fullmatch(one):
                raise ValueError(f"prefix {one!r} must be 1 to 16 letters, digits or underscores")
        for one in self.macaroon:
            if not _MACAROON.fullmatch(one):
                raise ValueError(f"prefix {one!r} must be 1 to 8 letters, digits or underscores")
        names = (*self.issued, *self.macaroon)
        for number, one in enumerate(names):
            others = {other: other + VERSION for other in names[:number]}
            _require_apart(one, others, "another prefix of the old installation")

    def starts(self) -> tuple[str, ...]:
        """How the credentials begin, macaroons last."""
        return tuple(one + VERSION for one in (*self.issued, *self.macaroon))

    def macaroon_starts(self) -> tuple[str, ...]:
        """How macaroons begin."""
        return tuple(one + VERSION for one in self.macaroon)

    def require_apart(self, native: Prefixes) -> None:
        """Raise ValueError where one could be taken for a native prefix."""
        taken = {one: f"{one}_" for one in native}
        for one in (*self.issued, *self.macaroon):
            _require_apart(one, taken, "a native prefix")


def _require_apart(one: str, others: Mapping[str, str], what: str) -> None:
    start = one + VERSION
    for other, taken in others.items():
        if start.startswith(taken) or taken.startswith(start):
            raise ValueError(f"prefix {one!r} could be taken for {what}, {other!r}")
