"""Response bodies of the key routes. Unset messages print null, unset optionals are left out."""

import msgspec
from msgspec import UNSET, UnsetType

from engine.redacted import Redacted
from engine.types import KeyStatus as Stored
from engine.types import RateLimit
from server.durations import format_seconds
from server.keyids import key_id_text
from server.timestamps import from_ms, from_seconds
from storage.base import StoredKey

from . import forms
from .enums import KeyStatus, KeyVisibility, RevocationReason, wire_status, wire_visibility


class KeyRateLimitPolicy(msgspec.Struct, frozen=True):
    quota: forms.Int64Text
    window: str
    unit: str = "requests"


class KeyIpRestriction(msgspec.Struct, frozen=True):
    allowed_cidrs: tuple[str, ...]


class IssuedApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret; the last five fields are ours, null or "" where there is none.

    A suspended key reads REVOKED, for the wire has no word for it: `suspended` says that it may
    be resumed. `hash_pending`: imported as a hash, and its raw key was not presented yet.
    """

    key_id: forms.KeyId
    name: str
    actor_id: str
    scopes: tuple[str, ...]
    status: KeyStatus
    visibility: KeyVisibility
    metadata: forms.JsonObject | None
    ip_restriction: KeyIpRestriction | None
    rate_limit_policy: KeyRateLimitPolicy | None
    create_time: forms.Time
    update_time: forms.Time
    expire_time: forms.Time
    last_used_time: forms.Time | None
    revocation_reason: RevocationReason | UnsetType = UNSET
    revocation_description: str | UnsetType = UNSET
    predecessor_key_id: forms.KeyId | None
    successor_key_id: forms.KeyId | None
    suspended: bool
    key_hint: str
    hash_pending: bool


class IssueResponse(Redacted, frozen=True):
    """`secret` is shown once, and empty when a request_id is replayed."""

    issued_api_key: IssuedApiKey
    secret: forms.Secret

    def __repr__(self) -> str:
        return f"IssueResponse({self.issued_api_key.key_id})"


class ListResponse(msgspec.Struct, frozen=True):
    issued_api_keys: tuple[IssuedApiKey, ...]
    next_page_token: str


class RotateResponse(Redacted, frozen=True):
    issued_api_key: IssuedApiKey
    secret: forms.Secret
    old_issued_api_key: IssuedApiKey

    def __repr__(self) -> str:
        return f"RotateResponse({self.issued_api_key.key_id})"


def wire_limit(limit: RateLimit | None) -> KeyRateLimitPolicy | None:
    """A stored limit as the wire shows it."""
    if limit is None:
        return None
    return KeyRateLimitPolicy(quota=str(limit.quota), window=format_seconds(limit.window_s))


def raw_object(metadata: bytes | None) -> msgspec.Raw | None:
    """Stored JSON, passed on byte for byte; an empty object reads back as null."""
    return msgspec.Raw(metadata) if metadata and metadata != b"{}" else None


def issued_api_key(
    stored: StoredKey, *, now: int, last_used_ms: int | None = None, revoked: bool = False
) -> IssuedApiKey:
    """A stored key as the wire shows it at `now` (Unix seconds).

    `revoked`: a revocation of its actor or tenant covers it, whatever its row says.
    """
    reason, description = stored.revocation_reason, stored.revocation_description
    return IssuedApiKey(
        key_id=key_id_text(stored.key_id),
        name=stored.name,
        actor_id=stored.actor,
        scopes=stored.scopes,
        status=KeyStatus.REVOKED if revoked else wire_status(stored, now),
        visibility=wire_visibility(stored.visibility),
        metadata=raw_object(stored.metadata),
        ip_restriction=KeyIpRestriction(stored.networks) if stored.networks else None,
        rate_limit_policy=wire_limit(stored.limit),
        create_time=from_ms(stored.created_ms),
        update_time=from_ms(stored.updated_ms),
        expire_time=from_seconds(stored.expires_at),
        last_used_time=None if last_used_ms is None else from_ms(last_used_ms),
        revocation_reason=list(RevocationReason)[reason] if reason else UNSET,
        revocation_description=description or UNSET,
        predecessor_key_id=key_id_text(stored.predecessor) if stored.predecessor else None,
        successor_key_id=key_id_text(stored.successor) if stored.successor else None,
        suspended=stored.status is Stored.SUSPENDED and not revoked,
        key_hint=stored.hint,
        hash_pending=stored.hash_kind is not None,
    )
