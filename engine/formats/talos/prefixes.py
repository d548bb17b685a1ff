"""The text prefixes of a Talos installation, and that none of them is taken for another."""

import re
from collections.abc import Iterable

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
        starts = list(self.starts())
        for number, start in enumerate(starts):
            _require_apart(start, starts[:number], "another prefix of the old installation")

    def starts(self) -> Iterable[str]:
        """How the credentials begin, macaroons last."""
        return (one + VERSION for one in (*self.issued, *self.macaroon))

    def macaroon_starts(self) -> tuple[str, ...]:
        """How macaroons begin."""
        return tuple(one + VERSION for one in self.macaroon)

    def require_apart(self, native: Prefixes) -> None:
        """Raise ValueError where one could be taken for a native prefix."""
        taken = [f"{one}_" for one in native]
        for start in self.starts():
            _require_apart(start, taken, "a native prefix")


def _require_apart(start: str, others: Iterable[str], what: str) -> None:
    for other in others:
        if start.startswith(other) or other.startswith(start):
            raise ValueError(
                f"prefix {start.removesuffix(VERSION)!r} could be taken for {what}, "
                f"{other.removesuffix(VERSION).removesuffix('_')!r}"
            )
