"""Revoking a grant or a block by its id, or whatever somebody holds; and what that answers."""

import re
from uuid import UUID

import msgspec

from engine import Kind, Revocation
from server.keyids import key_id_text
from server.problems import invalid
from storage.base import LogEntry

from . import forms
from .enums import RevocationReason

_ID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class RevocationRequest(msgspec.Struct, frozen=True):
    """Either `grant_id`, with or without its key's id, or `revocation_id` and `key_id`.

    Ids are 32 hex digits, with or without the hyphens of a UUID, as verify and the tools show them.
    """

    grant_id: forms.AnyId = ""
    revocation_id: forms.AnyId = ""
    key_id: forms.AnyId = ""
    reason: RevocationReason = RevocationReason.UNSPECIFIED

    def __post_init__(self) -> None:
        if bool(self.grant_id) == bool(self.revocation_id):
            raise invalid("grant_id", "or revocation_id is required, and not both")
        if self.revocation_id and not self.key_id:
            raise invalid("key_id", "is required: the key that the token was narrowed from")
        for name in ("grant_id", "revocation_id", "key_id"):
            if (text := getattr(self, name)) and not _ID.fullmatch(text):
                raise invalid(name, "must be 32 lower-case hex digits")

    def link(self) -> Revocation:
        """What is to be revoked."""
        if self.grant_id:
            return Revocation(Kind.GRANT, UUID(self.grant_id).bytes)
        return Revocation(Kind.BLOCK, UUID(self.revocation_id).bytes)

    def key(self) -> bytes | None:
        """The key's id, where it was given."""
        return UUID(self.key_id).bytes if self.key_id else None

    def why(self) -> str:
        """What the log keeps as the reason."""
        given = self.reason is not RevocationReason.UNSPECIFIED
        return str(self.reason.number) if given else "administrator"


class RevocationResponse(msgspec.Struct, frozen=True):
    """`revision` is the place in the revocation log, null where it was revoked already."""

    revoked: forms.KindName
    revocation_id: forms.KeyId
    revision: forms.Position | None
    already_revoked: bool


def revocation_response(kind: Kind, target: bytes, entry: LogEntry | None) -> RevocationResponse:
    """What was revoked; `entry` is None where it had been."""
    return RevocationResponse(
        revoked=kind.name.lower(),
        revocation_id=key_id_text(target),
        revision=None if entry is None else f"{entry.shard}:{entry.seq}",
        already_revoked=entry is None,
    )
