"""JSON of which every reader must make the same: no repeated member, no number without a value.

Two readers that disagree on which of two `exp` counts are a hole, even under one signature.
"""

import json
from typing import Any

from engine import limits


def loads(data: bytes) -> dict[str, Any]:
    """The object. Raises ValueError, whose message repeats nothing of it."""
    try:
        value = json.loads(
            data.decode(),  # bytes would let json guess UTF-16
            object_pairs_hook=_members,
            parse_int=_integer,
            parse_float=_finite,
            parse_constant=_refuse,
        )
    except (ValueError, RecursionError):
        raise ValueError("not strict JSON") from None
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is given twice")
    return members


def _integer(text: str) -> int:
    # JavaScript and Go round or refuse what lies beyond 64 bits.
    if len(text) > 20 or not -limits.INTEGER <= int(text) <= limits.INTEGER:
        raise ValueError("an integer beyond 63 bits")
    return int(text)


def _finite(text: str) -> float:
    if (value := float(text)) in (float("inf"), float("-inf")):
        raise ValueError("a number beyond a double")
    return value


def _refuse(text: str) -> float:
    raise ValueError("NaN and Infinity are no JSON")
