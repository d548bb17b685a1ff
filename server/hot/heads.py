"""Which heads are plain enough to be answered at once."""

from collections.abc import Sequence

from server.requestids import is_fit

from ._road import Head

_BEARER = b"bearer "


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
    offered = found.get(b"x-request-id")
    return Head(admin, size, found.get(b"x-forwarded-for"), offered if is_fit(offered) else None)
