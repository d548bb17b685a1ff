"""What a token was minted as. Everything that grants or identifies is here; blocks only take away.

A header is a msgpack array whose first element is its tag. It is decoded strictly: exact arity,
exact types, minimal encoding, unsigned integers of at most 63 bits.
"""

from collections.abc import Iterable
from typing import Annotated

import msgspec

from . import limits, networks, scopes
from .errors import MalformedToken

Uint = Annotated[int, msgspec.Meta(ge=0, le=limits.INTEGER)]
Id = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
MasterId = Annotated[int, msgspec.Meta(ge=1, le=255)]
Epoch = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
Text = Annotated[str, msgspec.Meta(max_length=limits.STRING)]


class KeyHeader(msgspec.Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    """A key: what it may do is in its record. Times are Unix seconds."""

    master_id: MasterId
    tenant_epoch: Epoch
    key_id: Id
    issued_at: Uint


class GrantHeader(msgspec.Struct, array_like=True, tag=2, frozen=True, forbid_unknown_fields=True):
    """A grant derived from a key: self-contained, needs no record. Times are Unix seconds.

    `cidrs` are packed networks; None is unrestricted. `claims` is opaque to the engine.
    """

    master_id: MasterId
    tenant_epoch: Epoch
    key_id: Id
    key_issued_at: Uint
    generation: Uint
    grant_id: Id
    issued_at: Uint
    expires_at: Uint
    actor: Text
    scopes: tuple[Text, ...]
    cidrs: tuple[bytes, ...] | None
    audiences: tuple[Text, ...] | None
    claims: bytes


Header = KeyHeader | GrantHeader

_decoder: msgspec.msgpack.Decoder[Header] = msgspec.msgpack.Decoder(KeyHeader | GrantHeader)
_encoder = msgspec.msgpack.Encoder()


def _fault(header: Header) -> str | None:
    if isinstance(header, KeyHeader):
        return None
    strings = (header.actor, *header.scopes, *(header.audiences or ()))
    if any(len(text.encode()) > limits.STRING for text in strings):
        return f"a string exceeds {limits.STRING} bytes"
    if header.audiences == ():
        return "an empty list of audiences"
    if header.cidrs == ():
        return "an empty list of networks"
    if not all(map(networks.is_packed, header.cidrs or ())):
        return "a network that is not packed, or has host bits set"
    return None


def read(data: bytes) -> Header:
    """The header, whose fields may still be at fault. Raises MalformedToken.

    All that a verifier does before the tail matched, and so for whoever sends it anything.
    """
    try:
        header = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise MalformedToken("the token's header is of no known form") from None
    if _encoder.encode(header) != data:
        raise MalformedToken("the token's header is not minimal msgpack")
    return header


def require_sound(header: Header) -> None:
    """Raise MalformedToken where a field is at fault."""
    if found := _fault(header):
        raise MalformedToken(f"the token's header has {found}")


def decode(data: bytes) -> Header:
    """The header. Raises MalformedToken."""
    header = read(data)
    require_sound(header)
    return header


def texts(what: str, given: Iterable[str]) -> tuple[str, ...]:
    """A list of texts to mint into a grant. Raises ValueError for one text in a list's place."""
    if isinstance(given, str):
        raise ValueError(f"{what} is a list of texts, not one text")
    return tuple(given)


def held(given: Iterable[str]) -> tuple[str, ...]:
    """The scopes to mint into a grant. Raises ValueError for one that could cover nothing."""
    found = texts("scopes", given)
    for scope in found:
        if isinstance(scope, str) and (reason := scopes.fault(scope)):
            raise ValueError(f"scope {scope!r}: {reason}")
    return found


def issue(now: int, key_issued_at: int, expires_at: int) -> int:
    """When a grant minted now is issued: not before its key was. Raises ValueError."""
    try:
        issued_at = max(now, key_issued_at)
        if expires_at <= issued_at:
            raise ValueError("a grant must expire after it was issued")
    except TypeError:
        raise ValueError("times are whole Unix seconds") from None
    return issued_at


def encode(header: Header) -> bytes:
    """The header's bytes. Raises ValueError where `decode` would refuse them."""
    try:
        data = _encoder.encode(header)
    except (TypeError, OverflowError, msgspec.MsgspecError) as error:
        raise ValueError(f"a field of the header is of the wrong type: {error}") from None
    if len(data) > limits.HEADER:
        raise ValueError(f"the token's header would exceed {limits.HEADER} bytes")
    try:
        decode(data)
    except MalformedToken as error:
        raise ValueError(str(error)) from None
    return data
