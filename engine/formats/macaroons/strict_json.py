"""JSON read strictly: UTF-8, no member twice, none unknown, nothing coerced; null means absent."""

import json
from typing import TypeVar

import msgspec

from engine.errors import MalformedToken

_Shape = TypeVar("_Shape")


def parse(data: bytes) -> object:
    """The value, whatever its shape. Raises MalformedToken."""
    try:
        # Decoded here, because from bytes `json` would guess UTF-16 and UTF-32 too.
        return json.loads(data.decode("utf-8"), object_pairs_hook=_members)
    except (ValueError, RecursionError):
        raise MalformedToken("it is not JSON in UTF-8, or nested too deeply") from None


def read(data: bytes, shape: type[_Shape]) -> _Shape:
    """The value as a Struct, whose type says what is forbidden. Raises MalformedToken."""
    value = parse(data)
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:  # its message quotes the token
        reason = "a member of the JSON is missing, unknown or of a wrong type"
        raise MalformedToken(reason) from None


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedToken("a member of the JSON stands twice")
    return members
