"""What a user of the load holds: a text, its number, and which accesses it allows."""

import itertools
from typing import Any

import msgspec

TOOL, FORBIDDEN_TOOL = "payments.execute", "payments.refund"
LIMIT = 4999  # minor units of USD
_numbers = itertools.count(1)


class Credential(msgspec.Struct, frozen=True):
    """Its text is a secret: it is in no repr, in no history and in no name of a statistic."""

    number: int
    text: str
    parent: int = 0
    key_id: str = ""
    narrowed: bool = False

    def __repr__(self) -> str:
        return f"Credential({self.number})"


def numbered(text: str, parent: int = 0, key_id: str = "", narrowed: bool = False) -> Credential:
    return Credential(next(_numbers), text, parent, key_id, narrowed)


def context(
    *, scope: str = "payments:execute", tool: str = TOOL, minor: int = 4200
) -> dict[str, Any]:
    """The facts of an access."""
    return {"scopes": [scope], "tool": tool, "amount": {"currency": "USD", "minor": minor}}


# what is asked, and whether only narrowed credentials refuse it
MISFITS = (
    (context(scope="orders:write"), False),
    (context(minor=LIMIT + 1), True),
    (context(tool=FORBIDDEN_TOOL), True),
)
