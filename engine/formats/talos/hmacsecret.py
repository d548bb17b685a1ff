"""The secret of a Talos installation, under which all that it issued was made.

One secret serves keys and macaroons alike, so whoever holds it can make either. It is given to the
verifier for as long as old credentials shall live, and mints nothing here.
"""

import hmac

_MACAROON_ROOT = b"talos/macaroon/v1/root-key"


class HmacSecret:
    """One secret, as the text that Talos was configured with.

    `end`: Unix seconds from which on nothing made under it is accepted; None: no end.
    """

    __slots__ = ("_value", "end")

    def __init__(self, value: str, end: int | None = None) -> None:
        if not value:
            raise ValueError("an HMAC secret must not be empty")
        self._value = value.encode()
        self.end = end

    def stands(self, now: int) -> bool:
        """Whether the secret has not ended yet."""
        return self.end is None or now < self.end

    def checksum(self, signed: bytes) -> bytes:
        """The 32 bytes that end an issued key."""
        return hmac.digest(self._value, signed, "sha256")

    def macaroon_key(self) -> bytes:
        """The root key of macaroons, before the step that every macaroon library adds."""
        return hmac.digest(self._value, _MACAROON_ROOT, "sha256")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HmacSecret):
            return NotImplemented
        return hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"HmacSecret(end={self.end})"
