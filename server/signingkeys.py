"""Keys that sign derived JWTs, as private JWKs: Ed25519 (EdDSA) or RSA (RS256).

A key is first STANDBY: published, so that whoever caches the JWKS knows it before it signs. Then
it is SIGNING, the one that does; then RETIRED: it only verifies, until its `end`.
"""

import enum
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.formats.jwt import VerifyingKey
from engine.formats.jwt.keys import RSA_EXPONENT
from engine.formats.jwt.sign import PrivateKey

from . import jwk

# Good beyond 2030 by NIST SP 800-57; its signature still leaves most of a token to the claims.
_RSA_BITS = 3072


class Algorithm(enum.StrEnum):
    """What a key signs with."""

    EDDSA = "EdDSA"
    RS256 = "RS256"


class State(enum.StrEnum):
    """Where a key stands in its life."""

    STANDBY = "standby"
    SIGNING = "signing"
    RETIRED = "retired"


class SigningKeyError(Exception):
    """Not a sound private JWK; the message completes the sentence "a key that ..."."""


class _Life(msgspec.Struct, frozen=True):
    state: State | None = None
    retired_at: int | None = None
    end: int | None = None


class SigningKey:
    """One private key, its kid and its state. Times are Unix seconds, None: no end."""

    __slots__ = ("end", "private", "public", "retired_at", "state")

    def __init__(
        self,
        private: PrivateKey,
        state: State = State.SIGNING,
        *,
        retired_at: int | None = None,
        end: int | None = None,
    ) -> None:
        self.private = private
        self.state = state
        self.retired_at = retired_at
        self.end = end
        self.public = VerifyingKey(private.public_key(), end=end)

    @property
    def kid(self) -> str:
        """The RFC 7638 thumbprint."""
        return self.public.kid

    @classmethod
    def generate(
        cls, algorithm: Algorithm = Algorithm.EDDSA, state: State = State.SIGNING
    ) -> "SigningKey":
        """A fresh key from the system's randomness."""
        if algorithm is Algorithm.EDDSA:
            return cls(Ed25519PrivateKey.generate(), state)
        return cls(rsa.generate_private_key(RSA_EXPONENT, _RSA_BITS), state)

    @classmethod
    def from_jwk(cls, members: Mapping[str, Any], default: State = State.SIGNING) -> "SigningKey":
        """Read a private JWK; `default` is its state where it names none.

        Raises SigningKeyError unless all its parts agree.
        """
        try:
            private = jwk.private(members)
            key = cls(private)
            life = msgspec.convert(members, _Life)
        except jwk.JwkError as error:
            raise SigningKeyError(str(error)) from None
        except msgspec.ValidationError:
            raise SigningKeyError("has a state, retired_at or end of an unknown form") from None
        except ValueError as error:
            raise SigningKeyError(f"is refused: {error}") from None
        public = key.public_jwk()
        if any(members.get(name) != public[name] for name in public.keys() & {"x", "n", "e"}):
            raise SigningKeyError("has a public part that is not of its private part")
        if members.get("kid") != key.kid:
            raise SigningKeyError("has a kid that is not its RFC 7638 thumbprint")
        state = life.state or default
        times = [time for time in (life.retired_at, life.end) if time is not None]
        if times and (state is not State.RETIRED or min(times) < 0):
            raise SigningKeyError("has times though it is not retired, or a negative one")
        return cls(private, state, retired_at=life.retired_at, end=life.end)

    def moved(
        self, state: State, *, retired_at: int | None = None, end: int | None = None
    ) -> "SigningKey":
        """The same key in another state."""
        return SigningKey(self.private, state, retired_at=retired_at, end=end)

    def public_jwk(self) -> dict[str, str]:
        """What the JWKS route publishes."""
        return self.public.jwk()

    def private_jwk(self) -> dict[str, object]:
        """What the secret file holds, and nothing else may."""
        life = {"state": self.state.value, "retired_at": self.retired_at, "end": self.end}
        known = {name: value for name, value in life.items() if value is not None}
        return {**self.public_jwk(), **jwk.secret(self.private), **known}

    def __repr__(self) -> str:
        return f"SigningKey({self.public.algorithm}, kid={self.kid!r}, {self.state.value})"


def read_all(jwks: Iterable[Mapping[str, Any]]) -> tuple[SigningKey, ...]:
    """The keys of a file, oldest first. Raises SigningKeyError.

    A file from before keys had states says nothing of them: its newest key signs.
    """
    jwks = tuple(jwks)
    old = not any("state" in each for each in jwks)
    last = len(jwks) - 1
    return tuple(
        SigningKey.from_jwk(each, State.SIGNING if old and number == last else State.RETIRED)
        for number, each in enumerate(jwks)
    )


def signing(keys: Iterable[SigningKey]) -> SigningKey | None:
    """The key that signs, or None."""
    return next((key for key in keys if key.state is State.SIGNING), None)
