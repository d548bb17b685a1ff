"""Issued keys, version 1: what Talos calls an API key.

    text        = <prefix> "_v1_" <identifier> "_" <checksum>
    identifier  = base58 of "<Unix seconds>:<UUID>", ASCII, 20 to 60 bytes in at most 128 characters
    checksum    = base58 of HMAC-SHA256(secret, every character before it), 32 bytes

The checksum is the only secret part. Nothing follows from the identifier before it matched.
"""

import hmac
import re
from collections.abc import Sequence
from uuid import UUID

from engine import limits
from engine.errors import BadTail
from engine.redacted import Redacted

from . import base58
from .hmacsecret import HmacSecret

_DIGIT = "[1-9A-HJ-NP-Za-km-z]"
# Of two readings the one with the longer prefix is meant, as in Talos; as no base58 digit is an
# underscore, there is only one.
_TEXT = re.compile(rf"([A-Za-z0-9_]{{1,16}})_v1_({_DIGIT}{{20,128}})_({_DIGIT}{{10,}})")
_IDENTIFIER = re.compile(
    rb"(0|[1-9][0-9]{0,14}):([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
)
_CHECKSUM = 44  # the longest spelling of 32 bytes
# Talos keeps the second of a key's text nowhere, only when it wrote the row: moments later, on a
# clock that may have been set meanwhile. A row taken over holds the earliest that it can have been.
EARLIER = 60
_SPAN = 2 * EARLIER


class IssuedKey(Redacted, frozen=True):
    """The parts of a key's text; nothing is known to be true before `require_genuine`.

    `key_id` is the 16 bytes of the UUID, `issued_at` in Unix seconds.
    """

    prefix: str
    key_id: bytes
    issued_at: int
    signed: bytes
    checksum: str

    def __repr__(self) -> str:
        return f"IssuedKey(key_id={self.key_id.hex()}, issued_at={self.issued_at})"


def split(text: str) -> IssuedKey | None:
    """The parts of an issued key's text, or None where it is none."""
    if len(text) > limits.TEXT or not (match := _TEXT.fullmatch(text)):
        return None
    prefix, identifier, checksum = match.groups()
    decoded = base58.decode(identifier)
    if not 20 <= len(decoded) <= 60 or not (parts := _IDENTIFIER.fullmatch(decoded)):
        return None
    signed = text[: match.start(3)].encode()
    key_id = UUID(parts[2].decode()).bytes
    return IssuedKey(prefix, key_id, int(parts[1]), signed, checksum)


def is_second_of(issued_at: int, row: int) -> bool:
    """Whether a key's text may name this second; `row` is its row's, the earliest it may be.

    It is no proof, that is the checksum, which covers the key id too. Revocations by time go by the
    row's second, and so reach a key that was taken over rather too early than too late.
    """
    return row <= issued_at <= row + _SPAN


def require_genuine(key: IssuedKey, secrets: Sequence[HmacSecret], now: int) -> None:
    """Raise BadTail unless one of the secrets that still stand made the checksum.

    All of them are tried, and each in constant time: how long it takes tells nothing of which.
    """
    presented = base58.decode(key.checksum) if len(key.checksum) <= _CHECKSUM else b""
    genuine = False
    for secret in secrets:
        if secret.stands(now):
            genuine |= hmac.compare_digest(secret.checksum(key.signed), presented)
    if not genuine:
        raise BadTail()
