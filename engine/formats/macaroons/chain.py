"""The chain of a macaroon: HMAC-SHA256 steps, each tag the key of the next.

    root key     K      = H("macaroons-key-generator", key)
    first tag    T0     = H(K, identifier)
    first-party  T(i+1) = H(T(i), cid)
    third-party  T(i+1) = H(T(i), H(T(i), vid) || H(T(i), cid))
    bound               = H(0, H(0, root's signature) || H(0, discharge's signature)), 0 = 32 zeros

libmacaroons pads the label with zeros to 32 bytes; HMAC pads every key with zeros, so that the two
agree. Macaroons of before 2014 used the key itself, cut or padded to 32 bytes: another scheme.
"""

import hmac

from .macaroon import Caveat, Macaroon

_LABEL = b"macaroons-key-generator"
_ZEROS = bytes(32)


def root_key(key: bytes, *, derive: bool = True) -> bytes:
    """What the chain of a macaroon starts from.

    key: of any length but none, since an empty one is a setting that was forgotten. derive=False
    for the systems that skip this step and take the key as it is. Raises ValueError.
    """
    if type(key) is not bytes or not key:
        raise ValueError("a macaroon's key must be bytes, and not empty")
    return _mac(_LABEL, key) if derive else key


def start(root: bytes, identifier: bytes) -> bytes:
    """The first tag, from a root key."""
    return _mac(root, identifier)


def extend(tag: bytes, caveat: Caveat) -> bytes:
    """The tag after a caveat."""
    if caveat.vid is None:
        return _mac(tag, caveat.cid)
    return _mac(tag, _mac(tag, caveat.vid) + _mac(tag, caveat.cid))


def tags(root: bytes, macaroon: Macaroon) -> list[bytes]:
    """Every tag of a macaroon: one before each caveat, and the last, which is the signature."""
    made = [start(root, macaroon.identifier)]
    for caveat in macaroon.caveats:
        made.append(extend(made[-1], caveat))
    return made


def bound(root_signature: bytes, signature: bytes) -> bytes:
    """A discharge's signature, tied to the macaroon it is sent with."""
    return _mac(_ZEROS, _mac(_ZEROS, root_signature) + _mac(_ZEROS, signature))


def equal(one: bytes, other: bytes) -> bool:
    """Whether two tags are equal, in time that does not depend on where they differ."""
    return hmac.compare_digest(one, other)


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
