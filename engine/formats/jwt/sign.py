"""Signing: mint a grant as a JWT."""

import uuid
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt import PyJWS

from engine import limits
from engine.header import GrantHeader, held, issue, texts
from engine.tenant import Minted

from . import claims as claims_
from .keys import VerifyingKey

PrivateKey = Ed25519PrivateKey | RSAPrivateKey

_jws = PyJWS(algorithms=["EdDSA", "RS256"])


class Signer:
    """Mints the JWTs of one tenant under one private key. Raises ValueError for an unfit key."""

    __slots__ = ("_private", "epoch", "issuer", "key", "tenant")

    def __init__(self, private: PrivateKey, *, issuer: str, tenant: str, epoch: int = 0) -> None:
        self._private = private
        self.key = VerifyingKey(private.public_key())
        self.issuer = issuer
        self.tenant = tenant
        self.epoch = epoch

    def mint_grant(
        self,
        key_id: bytes,
        *,
        key_issued_at: int,
        generation: int = 0,
        now: int,
        expires_at: int,
        actor: str,
        scopes: Sequence[str],
        cidrs: Sequence[bytes] | None = None,
        audiences: Sequence[str] | None = None,
        claims: bytes = b"",
    ) -> Minted:
        """Mint a grant under a live key, as `TenantKeys.mint_grant` does. Times are Unix seconds.

        `claims` is what `sealed.seal` made. Raises ValueError where a field is out of range or the
        token would exceed 8,192 bytes.
        """
        issued_at = issue(now, key_issued_at, expires_at)
        grant_id = uuid.uuid4().bytes
        head = GrantHeader(
            claims_.NO_MASTER,
            self.epoch,
            key_id,
            key_issued_at,
            generation,
            grant_id,
            issued_at,
            expires_at,
            actor,
            held(scopes),
            None if cidrs is None else tuple(cidrs),
            None if audiences is None else texts("audiences", audiences),
            claims,
        )
        return Minted(self.sign(head), key_id, claims_.NO_MASTER, issued_at, grant_id)

    def sign(self, head: GrantHeader) -> str:
        """The JWT of a grant. Raises ValueError where no verifier would take it."""
        payload = claims_.write(head, issuer=self.issuer, tenant=self.tenant)
        text = _jws.encode(payload, self._private, self.key.algorithm, {"kid": self.key.kid})
        if len(text) > limits.TEXT:
            raise ValueError(f"the token's text would exceed {limits.TEXT} bytes")
        return text

    def __repr__(self) -> str:
        return f"Signer(kid={self.key.kid!r}, tenant={self.tenant!r})"
