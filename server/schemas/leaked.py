"""The body and the answer of tokens:batchRevoke. No repr here shows a credential."""

import enum
from typing import ClassVar

import msgspec

from engine.redacted import Redacted
from server.problems import invalid

from .enums import RevocationReason

MOST = 100


class BatchRevokeRequest(Redacted, frozen=True):
    """Credentials as they were found. What is none is told apart in the answer, never refused."""

    required: ClassVar = ("credentials",)
    refused: ClassVar = (RevocationReason.PRIVILEGE_WITHDRAWN,)

    credentials: tuple[str, ...] = ()
    reason: RevocationReason = RevocationReason.KEY_COMPROMISE

    def __post_init__(self) -> None:
        if not 1 <= len(self.credentials) <= MOST:
            raise invalid("credentials", f"must have 1 to {MOST} items")
        if self.reason in self.refused:
            raise invalid("reason", f"must not be {self.reason}: that one is for administrators")


class Outcome(enum.StrEnum):
    """`unknown`: not made here. `refused`: made here, and not revoked; the message says why."""

    REVOKED = "revoked"
    ALREADY_REVOKED = "already_revoked"
    UNKNOWN = "unknown"
    REFUSED = "refused"


class RevokeResult(msgspec.Struct, frozen=True):
    """What became of one credential: `kind` is key, grant or block, the id that of its last link.

    Both are empty where it was not revoked.
    """

    index: int
    outcome: Outcome
    kind: str = ""
    revocation_id: str = ""
    message: str = ""


class BatchRevokeResponse(msgspec.Struct, frozen=True):
    results: tuple[RevokeResult, ...]
