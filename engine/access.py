"""The facts of one request. A fact that is absent denies whatever asks for it."""

from collections.abc import Callable, Mapping

import msgspec


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What is being attempted, when, and by whom it was sent.

    now: Unix seconds. client_ip: text. method: upper case. path: as requested, the query is cut
    off. scopes: all that the request requires. amount: (ISO 4217 code, minor units). audience: the
    one audience expected. body_hash: BLAKE3 of the request body, 32 bytes. binding: thumbprint of
    the proof key presented, 32 bytes. custom: handlers by caveat name, each given the payload and
    returning exactly True to allow.
    """

    now: int
    client_ip: str | None = None
    method: str | None = None
    path: str | None = None
    scopes: tuple[str, ...] = ()
    tool: str | None = None
    resource: str | None = None
    amount: tuple[str, int] | None = None
    audience: str | None = None
    body_hash: bytes | None = None
    binding: bytes | None = None
    custom: Mapping[str, Callable[[bytes], object]] | None = None
