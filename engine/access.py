"""The facts of one request. A fact that is absent denies whatever asks for it."""

from collections.abc import Callable, Mapping
from functools import cached_property

import msgspec

from . import paths


class Access(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """What is being attempted, when, and by whom it was sent.

    now: Unix seconds. client_ip: text. method: upper case. path: as requested, the query is cut
    off; a path or resource of more than 8,192 bytes is under no pattern. scopes: all that the
    request requires. amount: (ISO 4217 code, minor units). audience: the
    one audience expected. body_hash: BLAKE3 of the request body, 32 bytes. binding: thumbprint of
    the proof key presented, 32 bytes. custom: handlers by caveat name, each given the payload and
    returning exactly True to allow. Raises TypeError where `now` is no integer.
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

    def __post_init__(self) -> None:
        # NaN is before nothing and after nothing, so it would be inside every window.
        if not isinstance(self.now, int):
            raise TypeError("now is whole Unix seconds")
        if isinstance(self.scopes, str | bytes):
            raise TypeError("scopes is a tuple of texts, not one text")

    @cached_property
    def path_segments(self) -> tuple[str, ...] | None:
        """The path, read once however many caveats ask; None where it has no one reading."""
        return None if self.path is None else paths.segments(self.path)

    @cached_property
    def resource_segments(self) -> tuple[str, ...] | None:
        """The resource, read once however many caveats ask; None where it has no one reading."""
        return None if self.resource is None else paths.segments(self.resource)
