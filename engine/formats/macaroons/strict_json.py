"""JSON read strictly: UTF-8, no member twice, none unknown, nothing coerced; null means absent."""

import json
from typing import TypeVar

import msgspec

_Shape = TypeVar("_Shape")


def parse(data: bytes) -> object:
    """The value, whatever its shape. Raises ValueError."""
    text = data.decode("utf-8")  # `json` would guess UTF-16 and UTF-32 from bytes
    try:
        return json.loads(text, object_pairs_hook=_members)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    except json.JSONDecodeError:
        raise ValueError("it is not JSON") from None


def read(data: bytes, shape: type[_Shape]) -> _Shape:
    """The value as a Struct, whose type says what is forbidden. Raises ValueError."""
    value = parse(data)
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:  # its message quotes the token
        raise ValueError("a member of the JSON is missing, unknown or of a wrong type") from None


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member of the JSON stands twice")
    return members
