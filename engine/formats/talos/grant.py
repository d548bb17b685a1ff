"""What a Talos credential allows: the terms it starts from, and what is left of them."""

from collections.abc import Sequence

import msgspec

from engine import scopes
from engine.authentic import Authentic
from engine.grant import Grant
from engine.header import GrantHeader
from engine.record import KeyRecord
from engine.terms import Terms, stated_in

from .claims import Narrowing


def of_macaroon(head: GrantHeader, record: KeyRecord) -> Terms:
    """The terms of a macaroon, which last no longer than its key does."""
    return msgspec.structs.replace(
        stated_in(head),
        key_issued_at=record.issued_at,
        expires_at=min(head.expires_at, record.expires_at),
        status=record.status,
    )


def conclude(
    tenant: str, authentic: Authentic, terms: Terms, narrowings: Sequence[Narrowing]
) -> Grant:
    """The grant of a credential that passed every check."""
    head, held, audiences = authentic.header, [terms.scopes], terms.audiences
    for one in narrowings:
        if one.scopes is not None:
            held.append(one.scopes)
        if one.audiences is not None:
            named = one.audiences if audiences is None else audiences
            listed = set(one.audiences)
            audiences = tuple(each for each in named if each in listed)
    ends = [one.expires_at for one in narrowings if one.expires_at is not None]
    return Grant(
        tenant=tenant,
        key_id=head.key_id,
        key_issued_at=terms.key_issued_at,
        generation=terms.generation,
        grant_id=authentic.grant_id,
        actor=terms.actor,
        scopes=scopes.intersect(*held) if len(held) > 1 else terms.scopes,
        audiences=audiences or (),
        expires_at=min([terms.expires_at, *ends]),
        sealed=False,
        visibility=terms.visibility,
        delegates=(),
        revocation_ids=tuple(authentic.revocation_ids),
        claims=head.claims if isinstance(head, GrantHeader) else b"",
        limit=terms.limit,
    )
