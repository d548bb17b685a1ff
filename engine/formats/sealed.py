"""What a derived credential tells beyond its terms: the key's metadata, and the caller's claims.

A native grant carries it as JSON in its opaque `claims`, a JWT as claims of its own; both come back
in `Grant.claims` in this one form.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.types import Visibility

# No caller may set these: a custom claim would pass for one of the issuer's own.
RESERVED = frozenset(
    "jti sub iss aud iat exp nbf nid akid pid tty oid scp scope meta vis acl act"
    " key_issued_at generation tenant_epoch".split()
)


class Sealed(msgspec.Struct, frozen=True, omit_defaults=True):
    """`meta` and `vis` are the key's metadata and visibility, `custom` the caller's own claims."""

    meta: Mapping[str, Any] | None = None
    custom: Mapping[str, Any] = {}
    vis: Visibility = Visibility.SECRET


def seal(sealed: Sealed) -> bytes:
    """The bytes for a grant's `claims`. Raises ValueError where JSON has no word for a value."""
    try:
        return msgspec.json.encode(sealed)
    except (msgspec.MsgspecError, TypeError, RecursionError) as error:
        raise ValueError(f"the claims are no JSON: {error}") from None


def unseal(claims: bytes) -> Sealed:
    """What `seal` put in; nothing for no bytes. Raises ValueError for bytes that it never made."""
    if not claims:
        return Sealed()
    try:
        return msgspec.json.decode(claims, type=Sealed)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise ValueError("the claims are not of the form that derived tokens carry") from None
