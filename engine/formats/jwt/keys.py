"""Public keys that verify JWTs: what kind a key is decides the algorithm, and its bytes the kid."""

import hashlib
from base64 import urlsafe_b64encode

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

PublicKey = Ed25519PublicKey | RSAPublicKey

RSA_BITS = (2048, 4096)
RSA_EXPONENT = 65_537


class VerifyingKey:
    """One public key: Ed25519 for EdDSA, RSA of 2,048 to 4,096 bits for RS256.

    `kid` is its RFC 7638 thumbprint, so that no two keys share one. From `end` on (Unix seconds;
    None: no end) nothing that it signed is accepted. Raises ValueError for any other key.
    """

    __slots__ = ("algorithm", "end", "kid", "public", "_required")

    def __init__(self, public: PublicKey, *, end: int | None = None) -> None:
        if isinstance(public, Ed25519PublicKey):
            self.algorithm = "EdDSA"
            x = base64url(public.public_bytes_raw())
            self._required = {"crv": "Ed25519", "kty": "OKP", "x": x}
        elif isinstance(public, RSAPublicKey):
            self.algorithm = "RS256"
            numbers = public.public_numbers()
            if not RSA_BITS[0] <= public.key_size <= RSA_BITS[1] or numbers.e != RSA_EXPONENT:
                low, high = RSA_BITS
                raise ValueError(f"an RSA key has {low} to {high} bits and the exponent 65537")
            self._required = {"e": integer(numbers.e), "kty": "RSA", "n": integer(numbers.n)}
        else:
            raise ValueError("a key for JWTs is Ed25519 or RSA")
        # RFC 7638: the required members only, sorted, without white space.
        self.kid = base64url(hashlib.sha256(msgspec.json.encode(self._required)).digest())
        self.public = public
        self.end = end

    def ended(self, now: int) -> bool:
        """Whether this key's time is over."""
        return self.end is not None and now >= self.end

    def jwk(self) -> dict[str, str]:
        """The public JWK: fit to be published."""
        return {**self._required, "kid": self.kid, "use": "sig", "alg": self.algorithm}

    def __repr__(self) -> str:
        return f"VerifyingKey({self.algorithm}, kid={self.kid!r}, end={self.end})"


def base64url(raw: bytes) -> str:
    """base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def integer(value: int) -> str:
    """An integer as a JWK spells it (RFC 7518, section 2): big-endian, as few bytes as it takes."""
    return base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))
