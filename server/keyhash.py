"""A hash that another system kept of a key, as it is handed in."""

from engine.formats.hashed.slow import SlowHash
from engine.formats.imported.hashes import hmac_kind, prefix_kind
from engine.redacted import Redacted


class KeyHash(Redacted, frozen=True):
    """What another system kept of a key.

    Either `octets`, the bytes of a fast hash, its `pepper` named for an HMAC; or `slow`, and with
    it `lookup`, the leading characters of the raw key.
    """

    algorithm: str
    octets: bytes = b""
    pepper: str = ""
    slow: SlowHash | None = None
    lookup: str = ""

    @property
    def kind(self) -> str:
        """What the row's digest is made from, see `engine.formats.imported.hashes`."""
        if self.slow is not None:
            return prefix_kind(self.lookup)
        return hmac_kind(self.algorithm, self.pepper) if self.pepper else self.algorithm
