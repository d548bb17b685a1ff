"""Token text: <prefix>_<base64url of the token>_<crc6>.

The prefix routes and helps secret scanners; the checksum tells a cut or mistyped token from a
forged one before any key is touched (GitHub's scheme: CRC-32 as six base62 digits). Neither is
security. One token has one spelling: padding, stray bits and the other alphabet are refused.
"""

import binascii
import re
import zlib

import msgspec

from . import limits
from .errors import ChecksumMismatch, MalformedToken

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_PREFIX = re.compile(r"[A-Za-z0-9_]{1,16}")
_BODY = re.compile(rb"[A-Za-z0-9_-]+")


class Prefixes(msgspec.Struct, frozen=True, kw_only=True):
    """The text prefixes of one tenant: what a reader of the text may expect inside.

    Raises ValueError where a prefix is not 1 to 16 of [A-Za-z0-9_], or where one could be taken
    for another.
    """

    key: str = "mz_ak"
    public: str = "mz_pk"
    macaroon: str = "mz_mc"
    sealed: str = "mz_ms"

    def __post_init__(self) -> None:
        for one in self:
            if not _PREFIX.fullmatch(one):
                raise ValueError(f"prefix {one!r} must be 1 to 16 letters, digits or underscores")
        starts = [f"{one}_" for one in self]
        for i, one in enumerate(starts):
            if any(other.startswith(one) for j, other in enumerate(starts) if i != j):
                raise ValueError(f"prefix {one[:-1]!r} could be taken for another prefix")

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter((self.key, self.public, self.macaroon, self.sealed))


DEFAULT_PREFIXES = Prefixes()


def checksum(text: bytes) -> bytes:
    """CRC-32 as six base62 digits, most significant first."""
    value, digits = zlib.crc32(text), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits = _DIGITS[digit] + digits
    return digits.encode()


def encode(prefix: str, token: bytes) -> str:
    """The one spelling of a token. Raises ValueError where it would be too long."""
    body = binascii.b2a_base64(token, newline=False).rstrip(b"=").translate(_TO_URL)
    text = prefix.encode() + b"_" + body
    whole = text + b"_" + checksum(text)
    if len(whole) > limits.TEXT:
        raise ValueError(f"the token's text would exceed {limits.TEXT} bytes")
    return whole.decode()


def decode(text: str, prefixes: Prefixes = DEFAULT_PREFIXES) -> tuple[str, bytes]:
    """The prefix and the token's bytes. Raises MalformedToken or ChecksumMismatch."""
    if not isinstance(text, str) or not text.isascii():
        if not isinstance(text, str):
            raise MalformedToken("a token is text (str): what was minted has it as its text")
        raise MalformedToken("a token is ASCII text")
    if len(text) > limits.TEXT:
        raise MalformedToken(f"the token exceeds {limits.TEXT} bytes")
    prefix = next((p for p in prefixes if text.startswith(f"{p}_")), None)
    if prefix is None:
        raise MalformedToken("the text begins with no known token prefix")
    whole = text.encode()
    signed, underscore, digits = whole[:-7], whole[-7:-6], whole[-6:]
    body = signed[len(prefix) + 1 :]
    if underscore != b"_" or not body or checksum(signed) != digits:
        raise ChecksumMismatch()
    if not _BODY.fullmatch(body) or len(body) % 4 == 1:
        raise MalformedToken("the token is not base64url without padding")
    padded = body.translate(_FROM_URL) + b"=" * (-len(body) % 4)
    token = binascii.a2b_base64(padded)
    if binascii.b2a_base64(token, newline=False) != padded:
        raise MalformedToken("the token is not base64url with clear trailing bits")
    return prefix, token
