"""Responses as bytes of HTTP/1.1, where no ASGI server writes them."""

from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from .asgi import Response, answer_headers

Pairs = Iterable[tuple[bytes, bytes]]


def lines(headers: Pairs) -> bytes:
    """Header lines."""
    return b"".join([name + b": " + value + b"\r\n" for name, value in headers])


def framed(response: Response, request_id: str, before: Pairs = (), after: Pairs = ()) -> bytes:
    """The whole response, with headers of the connection before and after its own."""
    headers = (*before, *answer_headers(response, request_id), *after)
    return STATUS_LINE[response.status] + lines(headers) + b"\r\n" + response.body
