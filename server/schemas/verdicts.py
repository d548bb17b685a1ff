"""Response bodies of verify and derive. The richer facts stand in fields that Talos lacks."""

import msgspec
from msgspec import UNSET, UnsetType

from engine.redacted import Redacted

from . import forms
from .enums import KeyStatus, KeyVisibility, VerificationError
from .resources import KeyRateLimitPolicy


class UnmetCaveat(msgspec.Struct, frozen=True):
    """Which restriction said no; the place is null for the credential's own record or header."""

    type: str
    reason: str
    block: int | None = None
    index: int | None = None


class VerifyResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict. A refusal discloses nothing of the key, except for RATE_LIMITED.

    `metadata` is the key's own, `custom_claims` what was asked for when the token was derived:
    whoever looks for a plan or a role in the one must not find it in the other.
    """

    is_valid: bool
    status: KeyStatus = KeyStatus.UNSPECIFIED
    key_id: str = ""
    actor_id: str = ""
    scopes: tuple[str, ...] = ()
    expire_time: forms.Time | None = None
    metadata: forms.JsonObject | None = None
    custom_claims: forms.JsonObject | None = None
    visibility: KeyVisibility = KeyVisibility.UNSPECIFIED
    issuer: str = ""
    audiences: tuple[str, ...] = ()
    rate_limit_policy: KeyRateLimitPolicy | None = None
    rate_limit_remaining: forms.Int64Text | UnsetType = UNSET
    rate_limit_reset_time: forms.Time | None = None
    error_code: VerificationError | UnsetType = UNSET
    error_message: str | UnsetType = UNSET
    caveat: UnmetCaveat | None = None
    grant_id: str = ""
    delegates: tuple[str, ...] = ()
    token_type: str = ""
    stale: bool | UnsetType = UNSET


class BatchVerifyResponse(msgspec.Struct, frozen=True):
    results: tuple[VerifyResponse, ...]


class DerivedToken(Redacted, frozen=True, kw_only=True):
    token: forms.Secret
    expire_time: forms.Time
    scopes: tuple[str, ...]
    claims: forms.JsonObject | None
    audiences: tuple[str, ...]
    grant_id: str

    def __repr__(self) -> str:
        return f"DerivedToken(grant_id={self.grant_id!r})"


class DeriveResponse(msgspec.Struct, frozen=True):
    token: DerivedToken
