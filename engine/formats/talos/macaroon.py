"""Macaroons that Talos derived from a key: the text, the chain, and what the issuer granted.

    text        = <prefix> "_v1_" <base64url of libmacaroons V2>
    root key    = HMAC-SHA256(secret, "talos/macaroon/v1/root-key")
    location    = the issuer, identifier = {"jti": UUID}, caveat 0 = all claims

No chain covers a location, so it must repeat the issuer: no byte of the text is without effect.
"""

from collections.abc import Sequence

import msgspec
from blake3 import blake3

from engine import limits
from engine.authentic import Authentic
from engine.errors import BadTail, CaveatUnmet, MalformedToken, UnknownKey
from engine.formats.macaroons import base64url, chain, v2
from engine.formats.macaroons.macaroon import Macaroon
from engine.header import GrantHeader
from engine.types import ELSEWHERE

from . import claims
from .claims import Granted
from .hmacsecret import HmacSecret
from .installation import Installation

_LINK = "marzipan 2026-11 talos macaroon revocation id v1"


class Opened(msgspec.Struct, frozen=True):
    """A genuine macaroon of this installation and tenant; no later caveat has been read."""

    authentic: Authentic
    granted: Granted


def start_of(text: str, old: Installation) -> str | None:
    """How the text begins where it is a macaroon's, or None. Without an issuer none is taken."""
    if not old.issuers:
        return None
    return next((start for start in old.prefixes.macaroon_starts() if text.startswith(start)), None)


def open_(text: str, start: str, old: Installation, now: int) -> Opened:
    """The macaroon. Raises MalformedToken, BadTail, CaveatUnmet or UnknownKey.

    Every caveat has a revocation id, so that each link can be revoked alone by whoever holds it. It
    is derived from the tag after the caveat, as the `jti` is not ours to choose: one that repeats
    another credential's id must not be able to kill that one.
    """
    macaroon = _decode(text.removeprefix(start))
    tags = _genuine(macaroon, old.secrets, now)
    granted = _granted(macaroon)
    if macaroon.location != granted.limits.issuer.encode():
        raise MalformedToken("the macaroon's location is not its issuer")
    if granted.limits.nid != old.nid or granted.limits.issuer not in old.issuers:
        raise UnknownKey("no key known here made this token")
    if granted.parent is None:
        # The key that it was derived from can't be found here, so it could not die with it.
        raise UnknownKey("no key known here made this token")
    head = GrantHeader(
        master_id=ELSEWHERE,
        tenant_epoch=0,
        key_id=granted.parent,
        key_issued_at=granted.issued_at,  # at the latest; its record knows
        generation=0,
        grant_id=granted.jti,
        issued_at=granted.issued_at,
        expires_at=granted.expires_at,
        actor=granted.actor,
        scopes=granted.limits.scopes or (),
        cidrs=granted.limits.networks,
        audiences=granted.limits.audiences,
        claims=granted.claims,
    )
    authentic = Authentic(
        prefix=start,
        header=head,
        blocks=tuple(caveat.cid for caveat in macaroon.caveats),
        revocation_ids=[blake3(tag, derive_key_context=_LINK).digest(16) for tag in tags[1:]],
        sealed=False,
    )
    return Opened(authentic, granted)


def _decode(body: str) -> Macaroon:
    if len(body) > limits.TEXT:
        raise MalformedToken(f"the token exceeds {limits.TEXT} bytes")
    try:
        data = base64url.decode(body)
    except ValueError:
        raise MalformedToken("the token is not base64url without padding") from None
    return v2.decode(data)


def _genuine(macaroon: Macaroon, secrets: Sequence[HmacSecret], now: int) -> list[bytes]:
    """The tags of the chain, over every caveat. Raises BadTail or CaveatUnmet."""
    for secret in secrets:
        if not secret.stands(now):
            continue
        tags = chain.tags(chain.root_key(secret.macaroon_key()), macaroon)
        if chain.equal(tags[-1], macaroon.signature):
            break
    else:
        raise BadTail()
    for position, caveat in enumerate(macaroon.caveats):
        if caveat.third_party:
            raise CaveatUnmet(0, position, "ThirdParty", "nothing here discharges a caveat")
    return tags


def _granted(macaroon: Macaroon) -> Granted:
    try:
        jti = claims.identifier(macaroon.identifier)
        granted = claims.granted(macaroon.caveats[0].cid)
    except (ValueError, IndexError):
        raise MalformedToken("the macaroon's claims are of no known form") from None
    if granted.jti != jti:
        raise MalformedToken("the macaroon's claims name another id than it does")
    return granted
