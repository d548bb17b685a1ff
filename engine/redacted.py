"""Values of which only a part may be shown: those that hold a token, a key, or a tail."""

from typing import NoReturn

import msgspec


class _Absent:
    """An attribute that is not there, though a base class has it."""

    def __get__(self, instance: object, owner: type | None = None) -> NoReturn:
        raise AttributeError("what may be shown is in the repr")


class Redacted(msgspec.Struct, frozen=True):
    """Base of every Struct that shows less than its fields.

    msgspec gives each Struct a `__rich_repr__`, which rich prefers to the repr and which names
    every field: here it is taken away, so that `rich.print` and the tools built on it show the
    repr. The repr of a subclass that does not define one shows nothing but the class.
    """

    __rich_repr__ = _Absent()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"
