"""Room in tables that are bounded, and keep what came last.

A dict looks for its first key behind all that were deleted before: dropped one by one out of a
large table, each costs up to a millisecond. Dropped by the share, one costs next to nothing.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any, TypeVar

Key = TypeVar("Key")

_SHARE = 256


def oldest(table: dict[Key, Any], most: int) -> Iterable[Key]:
    """The keys to drop from a table before one more is kept, so that it never has more than `most`.

    Those that were kept first; none while there is room.
    """
    if len(table) < most:
        return ()
    return list(islice(table, 1 + most // _SHARE))


def make_room(table: dict[Any, Any], most: int) -> None:
    """Drop the oldest of a table where it has no room for one more."""
    for key in oldest(table, most):
        del table[key]
