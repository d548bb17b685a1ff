"""GET /v1/keys/{key_id}/lineage: what a key came from, what replaced it, and what it derived."""

import enum

import msgspec

from server.keyids import key_id_text
from server.timestamps import from_ms, from_seconds
from storage.base import StoredKey
from storage.rules import status_word

from .finding import KeyKind, KeyState


class DeadBy(enum.StrEnum):
    """Which revocation ends a key or a token before its time."""

    KEY = "key"  # the key was revoked, or deleted
    ROTATION = "rotation"  # the key was rotated, and its grace is over
    ACTOR = "actor"  # all that was issued to its actor until then
    TENANT = "tenant"  # all that was issued in the tenant until then
    EPOCH = "epoch"  # the tenant's epoch was raised
    GRANT = "grant"  # this one token
    CHILDREN = "children"  # all tokens of the key until then, as when it was narrowed


class LineageKey(msgspec.Struct, frozen=True, kw_only=True):
    """One key of a chain of rotations. A neighbour that is named and not listed is further on."""

    key_id: str
    kind: KeyKind
    name: str
    status: KeyState
    dead_by: DeadBy | None
    create_time: str
    expire_time: str
    predecessor_key_id: str | None
    successor_key_id: str | None


class TokenFormat(enum.StrEnum):
    MACAROON = "macaroon"
    JWT = "jwt"


class LineageToken(msgspec.Struct, frozen=True, kw_only=True):
    """One derived token; `expire_time` is null where an older version did not keep it."""

    grant_id: str
    format: TokenFormat
    actor_id: str
    audiences: tuple[str, ...]
    create_time: str
    expire_time: str | None
    dead_by: DeadBy | None


class LineageResponse(msgspec.Struct, frozen=True):
    """The keys from the oldest to the newest; the unexpired tokens of the one asked for."""

    keys: tuple[LineageKey, ...]
    tokens: tuple[LineageToken, ...]
    next_page_token: str


def lineage_key(stored: StoredKey, dead_by: DeadBy | None, *, now: int) -> LineageKey:
    """A stored key as one of a chain, at `now` (Unix seconds)."""
    return LineageKey(
        key_id=key_id_text(stored.key_id),
        kind=KeyKind.of(stored.kind),
        name=stored.name,
        status=KeyState(status_word(stored, now)),
        dead_by=dead_by,
        create_time=from_ms(stored.created_ms),
        expire_time=from_seconds(stored.expires_at),
        predecessor_key_id=key_id_text(stored.predecessor) if stored.predecessor else None,
        successor_key_id=key_id_text(stored.successor) if stored.successor else None,
    )
