"""The proof that a token was verified."""

from collections.abc import Sequence

from . import scopes
from .authentic import Authentic
from .caveats import Audience, Delegate, Scopes, Window
from .header import GrantHeader
from .restrictions import Restriction
from .terms import Terms

try:
    from ._grant import Grant as Grant
except ImportError:  # an installation without a compiler still verifies, only slower
    from ._grant_py import Grant as Grant  # type: ignore[assignment]


def conclude(
    tenant: str, authentic: Authentic, terms: Terms, restrictions: Sequence[Restriction]
) -> Grant:
    """The grant of a token that passed every check."""
    head, held, expires_at = authentic.header, [terms.scopes], terms.expires_at
    audiences = terms.audiences
    delegates: list[str] = []
    for one in restrictions:
        if isinstance(one.caveat, Scopes):
            held.append(tuple(one.caveat.scopes))
        elif isinstance(one.caveat, Audience):
            listed = set(one.caveat.audiences)
            named = one.caveat.audiences if audiences is None else audiences
            audiences = tuple(a for a in named if a in listed)
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
        scopes=scopes.intersect(*held) if len(held) > 1 else terms.scopes,
        audiences=audiences or (),
        expires_at=expires_at,
        sealed=authentic.sealed,
        visibility=terms.visibility,
        delegates=tuple(delegates),
        revocation_ids=tuple(authentic.revocation_ids),
        claims=head.claims if isinstance(head, GrantHeader) else b"",
        limit=terms.limit,
    )
