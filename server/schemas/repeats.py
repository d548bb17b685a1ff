"""Refuses JSON in which an object has a name twice.

Decoders take the last and others the first: `"context": {"scopes": ["a"]}, "context": {}` would
require nothing here while whoever looked at it in front saw a restriction.
"""

import json
import re
from typing import Any

from server.problems import invalid

# Far more than any honest body has, and few enough to walk through in passing.
OBJECTS = 50_000


def refuse_repeats(body: bytes, suspicious: re.Pattern[bytes] | None) -> None:
    """Raise Problem 400 where an object has a name twice; `body` is well-formed JSON.

    `suspicious` finds what could be a repeated name, quickly; None is for bodies of free form, in
    which any name counts. Walking through the body is for those alone.
    """
    if body.count(b":") < 2:
        return
    if suspicious is not None and b"\\u" not in body:
        found = suspicious.findall(body)
        if len(found) == len(set(found)):
            return
    left = OBJECTS

    def once(pairs: list[tuple[str, Any]]) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise invalid("body", f"must have at most {OBJECTS} objects")
        if len({name for name, _ in pairs}) < len(pairs):
            raise invalid("body", "must not have a name twice in one object")

    try:
        # Numbers are not looked at, so they are not converted either.
        json.loads(body.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError):
        # Whatever can't be walked through here is not known to be unambiguous.
        raise invalid(
            "body", "must be well-formed JSON, of numbers and depth within reason"
        ) from None
