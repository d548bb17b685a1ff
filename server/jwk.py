"""The secret parts of private JWKs (RFC 8037 for Ed25519, RFC 7518 section 6.3 for RSA)."""

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.formats.jwt.keys import base64url, integer
from engine.formats.jwt.sign import PrivateKey


class JwkError(ValueError):
    """Not a whole private JWK; the message completes the sentence "a key that ..."."""


_RSA_PARTS = ("n", "e", "d", "p", "q", "dp", "dq", "qi")


def private(members: Mapping[str, Any]) -> PrivateKey:
    """The key. Raises JwkError."""
    if members.get("kty") == "OKP" and members.get("crv") == "Ed25519":
        try:
            return Ed25519PrivateKey.from_private_bytes(_decode(members, "d"))
        except ValueError:
            raise JwkError("has a private part that is not 32 bytes") from None
    if members.get("kty") == "RSA":
        try:
            n, e, d, p, q, dp, dq, qi = (
                int.from_bytes(_decode(members, name), "big") for name in _RSA_PARTS
            )
            numbers = rsa.RSAPrivateNumbers(p, q, d, dp, dq, qi, rsa.RSAPublicNumbers(e, n))
            return numbers.private_key()  # checks that the parts belong together
        except ValueError:
            raise JwkError("lacks a part of an RSA key, or has parts that disagree") from None
    raise JwkError("is not a private Ed25519 or RSA JWK")


def secret(key: PrivateKey) -> dict[str, str]:
    """The members that a public JWK lacks."""
    if isinstance(key, Ed25519PrivateKey):
        return {"d": base64url(key.private_bytes_raw())}
    numbers = key.private_numbers()
    return {
        "d": integer(numbers.d),
        "p": integer(numbers.p),
        "q": integer(numbers.q),
        "dp": integer(numbers.dmp1),
        "dq": integer(numbers.dmq1),
        "qi": integer(numbers.iqmp),
    }


def _decode(members: Mapping[str, Any], name: str) -> bytes:
    text = members.get(name)
    if not isinstance(text, str) or not text.isascii():
        raise ValueError
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64url(raw) != text:
        raise ValueError
    return raw
