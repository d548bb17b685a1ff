"""The enums of the wire, by their exact Talos names; clients refuse any other name."""

import enum

from engine import types
from storage.base import StoredKey


class KeyStatus(enum.StrEnum):
    UNSPECIFIED = "KEY_STATUS_UNSPECIFIED"
    ACTIVE = "KEY_STATUS_ACTIVE"
    REVOKED = "KEY_STATUS_REVOKED"
    EXPIRED = "KEY_STATUS_EXPIRED"


class KeyVisibility(enum.StrEnum):
    UNSPECIFIED = "KEY_VISIBILITY_UNSPECIFIED"
    SECRET = "KEY_VISIBILITY_SECRET"
    PUBLIC = "KEY_VISIBILITY_PUBLIC"

    def stored(self) -> types.Visibility:
        """The stored visibility; unspecified means secret."""
        return types.Visibility.PUBLIC if self is self.PUBLIC else types.Visibility.SECRET


class RevocationReason(enum.StrEnum):
    UNSPECIFIED = "REVOCATION_REASON_UNSPECIFIED"
    KEY_COMPROMISE = "REVOCATION_REASON_KEY_COMPROMISE"
    AFFILIATION_CHANGED = "REVOCATION_REASON_AFFILIATION_CHANGED"
    SUPERSEDED = "REVOCATION_REASON_SUPERSEDED"
    PRIVILEGE_WITHDRAWN = "REVOCATION_REASON_PRIVILEGE_WITHDRAWN"

    @property
    def number(self) -> int:
        """The number a store keeps."""
        return list(RevocationReason).index(self)


class TokenAlgorithm(enum.StrEnum):
    UNSPECIFIED = "TOKEN_ALGORITHM_UNSPECIFIED"
    JWT = "TOKEN_ALGORITHM_JWT"
    MACAROON = "TOKEN_ALGORITHM_MACAROON"


class VerificationError(enum.StrEnum):
    UNSPECIFIED = "VERIFICATION_ERROR_UNSPECIFIED"
    INVALID_FORMAT = "VERIFICATION_ERROR_INVALID_FORMAT"
    EXPIRED = "VERIFICATION_ERROR_EXPIRED"
    REVOKED = "VERIFICATION_ERROR_REVOKED"
    NOT_FOUND = "VERIFICATION_ERROR_NOT_FOUND"
    SIGNATURE_INVALID = "VERIFICATION_ERROR_SIGNATURE_INVALID"
    INTERNAL = "VERIFICATION_ERROR_INTERNAL"
    IP_NOT_ALLOWED = "VERIFICATION_ERROR_IP_NOT_ALLOWED"
    RATE_LIMITED = "VERIFICATION_ERROR_RATE_LIMITED"
    AUDIENCE_MISMATCH = "VERIFICATION_ERROR_AUDIENCE_MISMATCH"


def wire_status(stored: StoredKey, now: int) -> KeyStatus:
    """What a key's status reads as at `now` (Unix seconds): expiry is computed, never stored."""
    # The wire has no word for a suspended key; anything that does not verify must not read ACTIVE.
    if stored.status is types.KeyStatus.REVOKED or (
        stored.status is types.KeyStatus.SUSPENDED and stored.expires_at > now
    ):
        return KeyStatus.REVOKED
    return KeyStatus.EXPIRED if stored.expires_at <= now else KeyStatus.ACTIVE


def wire_visibility(stored: types.Visibility) -> KeyVisibility:
    """The wire's name for a stored visibility."""
    return KeyVisibility.PUBLIC if stored is types.Visibility.PUBLIC else KeyVisibility.SECRET
