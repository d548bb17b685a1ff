"""Page tokens: opaque, authenticated, and good only for the tenant and filter they were made for.

    token = base64url(mac(16) || tenant digest(16) || filter digest(16) || last id)

The MAC is keyed BLAKE3 over the rest. A forged position could at worst skip rows of the caller's
own listing; it is refused all the same.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from blake3 import blake3

from .problems import Problem, invalid

_SHAPE = re.compile(r"[A-Za-z0-9_-]{64,256}")


class Pager:
    """Makes and reads page tokens under one 32-byte key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def token(self, last: bytes, *, tenant: str, listing: str) -> str:
        """The token for the page after `last`; `listing` spells the route and its filter."""
        body = _digest(tenant) + _digest(listing) + last
        return urlsafe_b64encode(self._mac(body) + body).rstrip(b"=").decode()

    def last(self, token: str, *, tenant: str, listing: str) -> bytes | None:
        """The id after which the page begins, None for an empty token. Raises Problem 400."""
        if not token:
            return None
        body = self._open(token)
        if body[:16] != _digest(tenant):
            raise Problem("BAD_REQUEST", "page token network mismatch", {"field": "page_token"})
        if body[16:32] != _digest(listing):
            raise invalid("page_token", "belongs to another filter: start again without it")
        return body[32:]

    def _open(self, token: str) -> bytes:
        if _SHAPE.fullmatch(token) and len(token) % 4 != 1:
            raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            one_spelling = urlsafe_b64encode(raw).rstrip(b"=").decode() == token
            if one_spelling and hmac.compare_digest(raw[:16], self._mac(raw[16:])):
                return raw[16:]
        raise invalid("page_token", "was not made by this server: start again without it")

    def _mac(self, body: bytes) -> bytes:
        return blake3(body, key=self._key).digest(16)

    def __repr__(self) -> str:
        return "Pager(...)"


def _digest(text: str) -> bytes:
    return blake3(text.encode("utf-8", "surrogatepass")).digest(16)
