"""What a credential itself allows, before any caveat: a key's record, or a grant's header."""

from collections.abc import Iterator, Mapping

import msgspec

from . import scopes
from .access import Access
from .authentic import Authentic
from .errors import CaveatUnmet, MalformedToken, RecordNeeded, UnknownKey
from .header import GrantHeader, KeyHeader
from .networks import outside
from .record import KeyRecord
from .tenant import TenantKeys
from .text import Prefixes
from .types import KeyStatus, RateLimit, Visibility


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """Times are Unix seconds; `networks` and `audiences` are None where unrestricted."""

    key_issued_at: int
    expires_at: int
    generation: int
    actor: str
    scopes: tuple[str, ...]
    networks: tuple[bytes, ...] | None
    audiences: tuple[str, ...] | None
    visibility: Visibility | None  # None: a grant has none
    status: KeyStatus
    limit: RateLimit | None = None  # a grant's is its key's, in a record that is not read


def of_key(
    authentic: Authentic, head: KeyHeader, records: Mapping[bytes, KeyRecord], prefixes: Prefixes
) -> Terms:
    """The terms in a key's record. Raises RecordNeeded, UnknownKey or MalformedToken."""
    record = records.get(head.key_id)
    if record is None:
        raise RecordNeeded(head.key_id)
    # Whoever holds a leaked retired secret can write any header, but not any record.
    if record.master_id != head.master_id or record.issued_at != head.issued_at:
        raise UnknownKey("no key known here made this token")
    if not authentic.sealed and not authentic.blocks:
        public = record.visibility == Visibility.PUBLIC
        if authentic.prefix != (prefixes.public if public else prefixes.key):
            raise MalformedToken("the token's prefix does not fit what it is")
    return of_record(record)


def of_record(record: KeyRecord) -> Terms:
    """The terms in the record of a key that it is known to be the record of."""
    return Terms(
        key_issued_at=record.issued_at,
        expires_at=record.expires_at,
        generation=record.generation,
        actor=record.actor,
        scopes=record.scopes,
        networks=record.networks,
        audiences=None,
        visibility=record.visibility,
        status=record.status,
        limit=record.limit,
    )


def of_grant(head: GrantHeader, keys: TenantKeys, now: int, leeway: int) -> Terms:
    """The terms in a grant's header. Raises UnknownKey or CaveatUnmet.

    A retired master admits grants of its time only, before its end, and without an end none.
    """
    root = keys.root(head.master_id)
    if root is None or not root.admits_grant(head.issued_at, now):
        raise UnknownKey("no key known here made this token")
    return of_header(head, now, leeway)


def of_header(head: GrantHeader, now: int, leeway: int) -> Terms:
    """The terms in the header of a grant that its issuer's key may make.

    Raises CaveatUnmet where it is not good yet, and UnknownKey where it claims to be older than its
    key: no issuer mints such a grant, and a key issued in the far future would be one that no
    revocation of a tenant or actor ever reaches. `leeway` is seconds.
    """
    if head.key_issued_at > head.issued_at + leeway:
        raise UnknownKey("no key known here made this token")
    if now + leeway < head.issued_at:
        reason = f"not before {head.issued_at}, it is {now} (Unix seconds)"
        raise CaveatUnmet(0, None, "Window", reason)
    return stated_in(head)


def stated_in(head: GrantHeader) -> Terms:
    """What a grant's header says, whoever wrote it."""
    return Terms(
        key_issued_at=head.key_issued_at,
        expires_at=head.expires_at,
        generation=head.generation,
        actor=head.actor,
        scopes=head.scopes,
        networks=head.cidrs,
        audiences=head.audiences,
        visibility=None,
        status=KeyStatus.ACTIVE,
    )


def refusals(terms: Terms, access: Access) -> Iterator[CaveatUnmet]:
    """Every reason why the terms do not allow the access: network, scopes, audience."""
    if terms.networks is not None:
        if reason := outside(terms.networks, access.client_ip):
            yield CaveatUnmet(0, None, "Network", reason)
    if (missing := scopes.uncovered(terms.scopes, access.scopes)) is not None:
        yield CaveatUnmet(0, None, "Scopes", f"scope {missing!r} is not covered")
    if terms.audiences is not None and access.audience not in terms.audiences:
        stated = "no audience was stated" if access.audience is None else "another was stated"
        listed = ", ".join(map(repr, terms.audiences))
        yield CaveatUnmet(0, None, "Audience", f"the audience must be one of {listed}; {stated}")
