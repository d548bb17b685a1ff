"""The box of a third-party caveat: XSalsa20-Poly1305, as NaCl's secretbox makes it.

The only file that needs PyNaCl. Without it first-party macaroons work as ever, and what needs a
box says which extra is missing.
"""

from . import limits

try:
    from nacl.exceptions import CryptoError
    from nacl.secret import SecretBox
except ImportError:
    _MISSING = True
else:
    _MISSING = False


def seal(tag: bytes, secret: bytes, nonce: bytes) -> bytes:
    """The vid that seals a derived caveat key: 24-byte nonce, then the box.

    Raises ValueError for a wrong length, ImportError without PyNaCl.
    """
    if len(nonce) != limits.NONCE or len(secret) != limits.SECRET:
        raise ValueError(f"a vid takes a {limits.NONCE}-byte nonce and {limits.SECRET} bytes")
    return bytes(_box(tag).encrypt(secret, nonce))


def unseal(tag: bytes, vid: bytes) -> bytes:
    """The 32-byte root key of the discharge. Raises ValueError where the tag does not open it."""
    box = _box(tag)
    try:
        return box.decrypt(vid)
    except CryptoError:
        raise ValueError("the vid does not open under the tag before it") from None


def _box(tag: bytes) -> "SecretBox":
    if _MISSING:
        raise ImportError("third-party caveats need PyNaCl: install marzipan[formats]")
    return SecretBox(tag)
