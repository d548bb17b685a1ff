"""What matters of a request's head, read once for all requests that send the same bytes."""

from collections.abc import Sequence

from engine.redacted import Redacted

HEADS = 4096
_BEARER = b"bearer "


class Head(Redacted, frozen=True):
    """The head of a request that may be answered at once.

    `admin` is the credential presented, `forwarded` what X-Forwarded-For says, `length` that of the
    body in bytes, `request_id` as the client gives it.
    """

    admin: str
    length: int
    forwarded: bytes | None = None
    request_id: bytes | None = None

    def __repr__(self) -> str:
        return f"Head(length={self.length})"


def plain_head(headers: Sequence[tuple[bytes, bytes]], most: int) -> Head | None:
    """The head that lower-case headers make; None where the ordinary road is to read them.

    So it is with a header that is there twice, which the ordinary road joins, with a body of
    unknown length or of more than `most` bytes, and with a client that waits for a 100 Continue.
    """
    found = dict(headers)
    if len(found) != len(headers) or b"expect" in found or b"transfer-encoding" in found:
        return None
    value = found.get(b"authorization", b"")
    length = found.get(b"content-length", b"")
    if value[:7].lower() != _BEARER or not length.isdigit() or len(length) > 6:
        return None
    if (size := int(length)) > most:
        return None
    admin = value[7:].strip().decode("ascii", "replace")
    return Head(admin, size, found.get(b"x-forwarded-for"), found.get(b"x-request-id"))


class Heads:
    """Heads by their bytes, so many at most; whatever was seen before means the same again."""

    def __init__(self, most: int = HEADS) -> None:
        self._most = most
        self._heads: dict[bytes, Head] = {}

    def get(self, raw: bytes) -> Head | None:
        return self._heads.get(raw)

    def learn(self, raw: bytes, head: Head) -> None:
        if len(self._heads) >= self._most:
            del self._heads[next(iter(self._heads))]
        self._heads[raw] = head
