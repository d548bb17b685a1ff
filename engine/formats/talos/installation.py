"""One Talos installation, as far as its credentials are accepted here."""

import re

import msgspec

from .hmacsecret import HmacSecret
from .prefixes import TalosPrefixes

NIL = "00000000-0000-0000-0000-000000000000"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """What it was configured with. Raises ValueError where that accepts nothing.

    secrets: every HMAC secret, current and retired. issuers: whose macaroons are accepted. nid: the
    tenant id that stands in macaroons and in the hash of imported keys. max_ttl: seconds after
    which an issued key is too old whatever its record says. clock_skew: seconds by which the clock
    may be behind, for not-before and for keys from the future.
    """

    secrets: tuple[HmacSecret, ...]
    prefixes: TalosPrefixes = TalosPrefixes()
    issuers: tuple[str, ...] = ()
    nid: str = NIL
    max_ttl: int = 365 * 86_400
    clock_skew: int = 300

    def __post_init__(self) -> None:
        if not self.secrets:
            raise ValueError("without an HMAC secret no credential of Talos can be verified")
        if not _UUID.fullmatch(self.nid):
            raise ValueError("the nid must be a UUID in lower case with hyphens")
