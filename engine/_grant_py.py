"""The proof that a token was verified, in plain Python: the readable twin of `_grant.pyx`."""

import msgspec

from .types import RateLimit, Visibility


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified token allows; only the engine makes one. Times are Unix seconds.

    `scopes` is the intersection over record or header and all blocks, `audiences` that of the lists
    the token has (empty: it names none), `expires_at` the earliest end among them,
    `revocation_ids` those of the blocks in order, `delegates` the names holders gave (untrusted
    text), `claims` what the issuer sealed into a grant, `limit` what the key's record says: None
    for a grant, which no record was read for. The engine counts no uses; its caller may.
    """

    tenant: str
    key_id: bytes
    key_issued_at: int
    generation: int
    grant_id: bytes | None
    actor: str
    scopes: tuple[str, ...]
    audiences: tuple[str, ...]
    expires_at: int
    sealed: bool
    visibility: Visibility | None
    delegates: tuple[str, ...]
    revocation_ids: tuple[bytes, ...]
    claims: bytes
    limit: RateLimit | None
