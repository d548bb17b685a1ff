"""What is done to macaroons before anybody verifies them: mint, attenuate, add, bind.

Only `mint` needs a root key. Every holder can append, because the signature keys the next step.
"""

import secrets

from . import chain, limits, secretbox
from .macaroon import Caveat, Macaroon


def mint(key: bytes, identifier: bytes, location: bytes = b"", *, derive: bool = True) -> Macaroon:
    """A macaroon without caveats, or the discharge of the caveat whose cid is `identifier`.

    key: of any length but none. derive=False takes it as the root key itself. Raises ValueError.
    """
    tag = chain.start(chain.root_key(key, derive=derive), _checked(identifier, "identifier"))
    return Macaroon(location, identifier, (), tag)


def attenuate(macaroon: Macaroon, cid: bytes) -> Macaroon:
    """Append a first-party caveat. Raises ValueError where it is empty or the macaroon is full.

    An empty caveat asks nothing that a person could have meant, and one library known to us
    answered a missing caveat with the unrestricted token.
    """
    if not _checked(cid, "caveat"):
        raise ValueError("a caveat must not be empty")
    return _append(macaroon, Caveat(cid))


def add_third_party(
    macaroon: Macaroon,
    *,
    location: bytes,
    key: bytes,
    identifier: bytes,
    nonce: bytes | None = None,
) -> Macaroon:
    """Append a caveat that is met by a discharge, minted with the same key and identifier.

    location: where the discharge may be had, a hint. key: shared with the third party, of any
    length but none; derived before it is sealed. identifier: by which the third party finds key
    and condition again. nonce: 24 bytes, random unless given. Raises ValueError, or ImportError
    without PyNaCl.
    """
    if nonce is None:
        nonce = secrets.token_bytes(limits.NONCE)
    vid = secretbox.seal(macaroon.signature, chain.root_key(key), nonce)
    return _append(macaroon, Caveat(identifier, vid, location))


def bind(root: Macaroon, discharge: Macaroon) -> Macaroon:
    """Tie a discharge to the macaroon it will be sent with, so that it is of no use without it.

    Always to the root, also where the discharge meets a caveat of another discharge, and after the
    last caveat was appended to either: the signature of both goes in. libmacaroons calls it
    "prepare for request".
    """
    signature = chain.bound(root.signature, discharge.signature)
    return Macaroon(discharge.location, discharge.identifier, discharge.caveats, signature)


def _append(macaroon: Macaroon, caveat: Caveat) -> Macaroon:
    tag = chain.extend(macaroon.signature, caveat)
    return Macaroon(macaroon.location, macaroon.identifier, (*macaroon.caveats, caveat), tag)


def _checked(value: bytes, what: str) -> bytes:
    if type(value) is not bytes:
        raise ValueError(f"a macaroon's {what} must be bytes")
    return value
