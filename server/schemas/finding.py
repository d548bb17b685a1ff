"""GET /v1/keys: what its query may ask for, and how it is answered."""

import enum
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from server.problems import invalid
from server.query import integer, only, parse_pairs, snake_case, unrepeated
from server.timestamps import to_ms
from storage import base

from . import limits
from .resources import IssuedApiKey, issued_api_key

_METADATA = "metadata."
_TERMS = 8
_PATH = 256  # bytes
_VALUE = 1024  # bytes
_HINT = 4  # characters
_MOST = 1000
_USUAL = 50
_TIMES = ("created_after", "created_before", "expires_after", "expires_before")

Word = TypeVar("Word", bound=enum.StrEnum)


class KeyKind(enum.StrEnum):
    ISSUED = "issued"
    IMPORTED = "imported"

    @classmethod
    def of(cls, stored: base.KeyKind) -> "KeyKind":
        """The word for a stored kind."""
        return cls[stored.name]


class KeyState(enum.StrEnum):
    """A key's status in our own words: the compatible enum has none for a suspended key."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SUSPENDED = "suspended"


class KeyQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which keys are asked for; what is None, or empty, narrows nothing, except an empty actor_id.

    `metadata`: dotted path -> the text of what stands there. Each time is RFC 3339; `after` takes
    its moment in, `before` leaves it out.
    """

    kind: KeyKind | None = None
    actor_id: str | None = None
    status: KeyState | None = None
    name: str = ""
    hint: str = ""
    hash_pending: bool | None = None
    metadata: Mapping[str, str] = {}
    created_after: str | None = None
    created_before: str | None = None
    expires_after: str | None = None
    expires_before: str | None = None
    page_size: int = _USUAL
    page_token: str = ""

    def __post_init__(self) -> None:
        limits.actor(self.actor_id or "")
        limits.name(self.name)
        if self.hint and len(self.hint) != _HINT:
            raise invalid("hint", f"must be the last {_HINT} characters of a key, and no more")
        if len(self.metadata) > _TERMS:
            raise invalid("metadata", f"must be asked for at most {_TERMS} times")
        for path, value in self.metadata.items():
            if not path or len(path.encode()) > _PATH:
                raise invalid("metadata", f"must be followed by a path of 1 to {_PATH} bytes")
            limits.text("metadata", value, size=_VALUE)
        for field in _TIMES:
            self.ms(field)

    def ms(self, field: str) -> int | None:
        """One of the times, in Unix milliseconds from 1970 on; None where it is not asked."""
        text = getattr(self, field)
        return None if text is None else max(to_ms(text, field), 0)

    def listing(self) -> str:
        """The query without its pages, spelled one way: what a page token is good for."""
        return f"keys {msgspec.json.encode(self._unpaged(), order='sorted').decode()}"

    def _unpaged(self) -> "KeyQuery":
        return msgspec.structs.replace(self, page_size=_USUAL, page_token="")


class FoundApiKey(IssuedApiKey, frozen=True, kw_only=True):
    """A key of either kind, as its own routes show it, and which kind it is."""

    kind: KeyKind


class KeysResponse(msgspec.Struct, frozen=True):
    """A page may hold fewer keys than were asked for, or none, and still have a next one."""

    keys: tuple[FoundApiKey, ...]
    next_page_token: str


def key_query(raw: bytes) -> KeyQuery:
    """Read the query of GET /v1/keys. Raises Problem 400 naming the parameter and the rule."""
    pairs = parse_pairs(raw)
    # A path keeps its spelling: the names in metadata are their owner's.
    paths = unrepeated((name, value) for name, value in pairs if _is_path(name))
    given = unrepeated((snake_case(name), value) for name, value in pairs if not _is_path(name))
    only(given, *(name for name in KeyQuery.__struct_fields__ if name != "metadata"))
    for name in ("kind", "status", "name", "hint", "hash_pending", *_TIMES):
        # An unset variable in a script would find, and so might revoke, all keys.
        if given.get(name) == "":
            raise invalid(name, "must not be empty; leave it out to ask for all keys")
    size = integer(given, "page_size", _USUAL)
    return KeyQuery(
        kind=_word(KeyKind, "kind", given),
        actor_id=given.get("actor_id"),
        status=_word(KeyState, "status", given),
        name=given.get("name", ""),
        hint=given.get("hint", ""),
        hash_pending=_flag("hash_pending", given),
        metadata={name.removeprefix(_METADATA): value for name, value in paths.items()},
        **{name: given.get(name) for name in _TIMES},
        page_size=min(size, _MOST) if size > 0 else _USUAL,
        page_token=given.get("page_token", ""),
    )


def found_api_key(
    stored: base.StoredKey, *, now: int, last_used_ms: int | None = None, revoked: bool = False
) -> FoundApiKey:
    """A stored key of either kind as the wire shows it at `now` (Unix seconds)."""
    shown = issued_api_key(stored, now=now, last_used_ms=last_used_ms, revoked=revoked)
    return FoundApiKey(**msgspec.structs.asdict(shown), kind=KeyKind.of(stored.kind))


def _is_path(name: str) -> bool:
    return name.startswith(_METADATA)


def _flag(name: str, given: Mapping[str, str]) -> bool | None:
    if name not in given:
        return None
    if given[name] not in ("true", "false"):
        raise invalid(name, "must be true or false")
    return given[name] == "true"


def _word(words: type[Word], name: str, given: Mapping[str, str]) -> Word | None:
    if name not in given:
        return None
    try:
        return words(given[name])
    except ValueError:
        raise invalid(name, f"must be one of {', '.join(words)}") from None
