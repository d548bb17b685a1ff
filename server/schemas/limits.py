"""The rules that types alone can't state. Each raises Problem 400 naming field and rule."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from engine.scopes import fault, is_reserved
from server.problems import invalid

CREDENTIAL = 8192
TEXT = 256
TEXTS = 256
NAME = 255
REQUEST_ID = 36
DESCRIPTION = 500
INT64 = 2**63 - 1
METADATA = 65_536
DEPTH = 32


def text(field: str, value: str, *, chars: int | None = None, size: int = TEXT) -> None:
    """At most `chars` characters and `size` bytes of UTF-8, and no NUL (databases refuse it)."""
    if chars is not None and len(value) > chars:
        raise invalid(field, f"must be at most {chars} characters")
    if len(value.encode()) > size:
        raise invalid(field, f"must be at most {size} bytes of UTF-8")
    if "\0" in value:
        raise invalid(field, "must not contain a NUL character")


def required(body: object, fields: Iterable[str]) -> None:
    """Texts that must be there and not empty."""
    for field in fields:
        if not getattr(body, field):
            raise invalid(field, "is required")


def name(value: str) -> None:
    """A key's name: 255 characters of any script. It stands in no token."""
    text("name", value, chars=NAME, size=4 * NAME)


def actor(value: str) -> None:
    """An actor: 255 characters in 256 bytes, since it stands in tokens."""
    text("actor_id", value, chars=NAME)


def texts(field: str, values: Sequence[str], *, count: int = TEXTS, size: int = TEXT) -> None:
    """At most `count` texts, none of them empty."""
    if len(values) > count:
        raise invalid(field, f"must have at most {count} items")
    for index, value in enumerate(values):
        if not value:
            raise invalid(f"{field}[{index}]", "must not be empty")
        text(f"{field}[{index}]", value, size=size)


def scopes(field: str, values: Sequence[str]) -> None:
    """Scopes that a key may be given: well-formed, and none of the product's own."""
    texts(field, values)
    for index, scope in enumerate(values):
        if why := fault(scope):
            raise invalid(f"{field}[{index}]", f"is refused: {why}")
        if is_reserved(scope):
            raise invalid(f"{field}[{index}]", "must not be in the reserved namespace marzipan:")


def int64(field: str, value: int | str) -> int:
    """A whole number from 0 to 2^63 - 1, given as a number or, as protobuf does, as a string."""
    if isinstance(value, str):
        if not re.fullmatch(r"[0-9]{1,19}", value):
            raise invalid(field, "must be a whole number that is not negative")
        value = int(value)
    if not 0 <= value <= INT64:
        raise invalid(field, "must be from 0 to 9223372036854775807")
    return value


def json_object(field: str, value: dict[str, Any] | None, size: int = METADATA) -> bytes | None:
    """The object as compact JSON, None for an empty one. Bounded in size and depth."""
    if not value:
        return None
    level: list[Any] = [value]
    for _ in range(DEPTH):
        level = [child for each in level for child in _children(each)]
        if any(isinstance(each, int) and not -INT64 <= each <= INT64 for each in level):
            raise invalid(field, "must hold only whole numbers that fit in 64 bits")
    if level:
        raise invalid(field, f"must be nested at most {DEPTH} levels deep")
    encoded = msgspec.json.encode(value)
    if len(encoded) > size:
        raise invalid(field, f"must be at most {size} bytes once serialised")
    return encoded


def octets(field: str, value: str, size: int = 32) -> bytes:
    """So many bytes, written as hex digits or in base64 of either alphabet, padded or not."""
    if re.fullmatch(rf"[0-9A-Fa-f]{{{2 * size}}}", value):
        return bytes.fromhex(value)
    padding = "=" * (-size % 3)
    plain = value.replace("+", "-").replace("/", "_").removesuffix(padding)
    if re.fullmatch(r"[A-Za-z0-9_-]*", plain) and len(plain) == -(-size * 4 // 3):
        raw = urlsafe_b64decode(plain + padding)
        if urlsafe_b64encode(raw).rstrip(b"=").decode() == plain:
            return raw
    raise invalid(field, f"must be {size} bytes as hex or base64")


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
