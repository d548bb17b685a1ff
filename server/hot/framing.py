"""The status line and headers around an answer, in the bytes of the ordinary road."""

from collections.abc import Sequence

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from server.asgi import SECURITY_HEADERS
from server.requestids import request_id

_LINE = STATUS_LINE[200]


def _lines(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    return b"".join(name + b": " + value + b"\r\n" for name, value in headers)


_BEFORE = (
    _lines(
        (
            (b"content-type", b"application/json"),
            (b"cache-control", b"no-store"),
            (b"ory-talos-cache", b"SKIP"),
        )
    )
    + b"x-request-id: "
)
_AFTER = b"\r\n" + _lines(SECURITY_HEADERS) + b"content-length: "


Common = Sequence[tuple[bytes, bytes]]


class Framing:
    """Frames answers; what begins all of them changes once a second, and is joined once."""

    def __init__(self) -> None:
        self._common: Common = ()
        self._begin = _LINE + _BEFORE

    def frame(self, body: bytes, offered: bytes | None, common: Common) -> bytes:
        """The whole answer. `common`: headers that go first; `offered`: the client's request id."""
        if common is not self._common:
            self._common = common
            self._begin = _LINE + _lines(common) + _BEFORE
        told = request_id(offered).encode("ascii")
        return b"%b%b%b%d\r\n\r\n%b" % (self._begin, told, _AFTER, len(body), body)
