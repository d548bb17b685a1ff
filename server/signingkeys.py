"""Ed25519 keys that sign derived JWTs, as JWKs whose kid is their RFC 7638 thumbprint."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class SigningKeyError(Exception):
    """Not a sound private Ed25519 JWK; the message completes the sentence "a key that ..."."""


class SigningKey:
    """One private key and its kid."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self.private = private
        self._x = _base64url(private.public_key().public_bytes_raw())
        self.kid = _thumbprint(self._x)

    @classmethod
    def generate(cls) -> "SigningKey":
        """A fresh key from the system's randomness."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, str]) -> "SigningKey":
        """Read a private JWK. Raises SigningKeyError unless all its parts agree."""
        if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
            raise SigningKeyError("is not a private Ed25519 JWK")
        try:
            seed = urlsafe_b64decode(jwk.get("d", "") + "=")
            key = cls(Ed25519PrivateKey.from_private_bytes(seed))
        except ValueError:
            raise SigningKeyError("has a private part that is not 32 bytes") from None
        if jwk.get("x") != key._x:
            raise SigningKeyError("has a public part that is not of its private part")
        if jwk.get("kid") != key.kid:
            raise SigningKeyError("has a kid that is not its RFC 7638 thumbprint")
        return key

    def public_jwk(self) -> dict[str, str]:
        """What the JWKS route publishes."""
        head = {"kty": "OKP", "crv": "Ed25519", "kid": self.kid}
        return head | {"use": "sig", "alg": "EdDSA", "x": self._x}

    def private_jwk(self) -> dict[str, str]:
        """What the secret file holds, and nothing else may."""
        return self.public_jwk() | {"d": _base64url(self.private.private_bytes_raw())}

    def __repr__(self) -> str:
        return f"SigningKey(kid={self.kid!r})"


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _thumbprint(x: str) -> str:
    # RFC 7638: the required members only, sorted, without white space.
    canonical = msgspec.json.encode({"crv": "Ed25519", "kty": "OKP", "x": x})
    return _base64url(hashlib.sha256(canonical).digest())
