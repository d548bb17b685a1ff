"""The proof that a token was verified."""

from collections.abc import Sequence

import msgspec

from . import scopes
from .authentic import Authentic
from .caveats import Audience, Delegate, Scopes, Window
from .header import GrantHeader
from .restrictions import Restriction
from .terms import Terms
from .types import Visibility


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a verified token allows; only the engine makes one. Times are Unix seconds.

    `scopes` is the intersection over record or header and all blocks, `audiences` that of the lists
    the token has (empty: it names none), `expires_at` the earliest end among them,
    `revocation_ids` those of the blocks in order, `delegates` the names holders gave (untrusted
    text), `claims` what the issuer sealed into a grant.
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


def conclude(
    tenant: str, authentic: Authentic, terms: Terms, restrictions: Sequence[Restriction]
) -> Grant:
    """The grant of a token that passed every check."""
    head, narrowed, expires_at = authentic.header, terms.scopes, terms.expires_at
    audiences = terms.audiences
    delegates: list[str] = []
    for one in restrictions:
        if isinstance(one.caveat, Scopes):
            narrowed = scopes.intersect(narrowed, one.caveat.scopes)
        elif isinstance(one.caveat, Audience):
            listed = one.caveat.audiences
            audiences = tuple(
                a for a in (listed if audiences is None else audiences) if a in listed
            )
        elif isinstance(one.caveat, Window):
            expires_at = min(expires_at, one.caveat.expires_at)
        elif isinstance(one.caveat, Delegate):
            delegates.append(one.caveat.actor)
    return Grant(
        tenant=tenant,
        key_id=head.key_id,
        key_issued_at=terms.key_issued_at,
        generation=terms.generation,
        grant_id=authentic.grant_id,
        actor=terms.actor,
        scopes=narrowed,
        audiences=audiences or (),
        expires_at=expires_at,
        sealed=authentic.sealed,
        visibility=terms.visibility,
        delegates=tuple(delegates),
        revocation_ids=tuple(authentic.revocation_ids),
        claims=head.claims if isinstance(head, GrantHeader) else b"",
    )
