"""A block: one act of delegation, `[nonce: bin(8), caveat, caveat, ...]` in minimal msgpack.

This is the one decoder of blocks. What a block holds is read only after the tail matched.
"""

import secrets
from collections.abc import Sequence
from typing import Annotated

import msgspec

from . import limits
from .caveats import AnyCaveat, Budget
from .errors import CaveatUnmet, MalformedToken

_Parts = Annotated[list[msgspec.Raw], msgspec.Meta(min_length=2, max_length=limits.CAVEATS + 1)]
_parts = msgspec.msgpack.Decoder(_Parts)
_nonce = msgspec.msgpack.Decoder(Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)])
_caveat: msgspec.msgpack.Decoder[AnyCaveat] = msgspec.msgpack.Decoder(AnyCaveat)
_tag = msgspec.msgpack.Decoder(list[msgspec.Raw])
_encoder = msgspec.msgpack.Encoder()
_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_NAMES = {caveat.__struct_config__.tag: caveat.__name__ for caveat in AnyCaveat.__args__}


def decode(data: bytes, number: int) -> list[AnyCaveat | CaveatUnmet]:
    """The caveats of block `number` by position; in place of one that denies by itself, why.

    Raises MalformedToken where the data is not a block at all.
    """
    try:
        parts = _parts.decode(data)
        nonce = _nonce.decode(parts[0])
    except _BROKEN:
        raise MalformedToken(f"block {number} is not a nonce and 1 to 32 caveats") from None
    if _encoder.encode([nonce, *parts[1:]]) != data:
        raise MalformedToken(f"block {number} is not minimal msgpack")
    return [_read(raw, number, index) for index, raw in enumerate(parts[1:])]


def budgets(blocks: Sequence[bytes]) -> int:
    """How many Budget caveats these blocks hold, as far as they can be read."""
    found = 0
    for number, data in enumerate(blocks):
        try:
            found += sum(isinstance(caveat, Budget) for caveat in decode(data, number))
        except MalformedToken:  # no verifier takes the token, whatever else is in it
            continue
    return found


def past_budgets(index: int, number: int) -> CaveatUnmet:
    """Why a Budget denies that is one more than a token may hold."""
    reason = f"a token holds at most {limits.BUDGETS} budgets"
    return CaveatUnmet(index, number, "Budget", reason)


def _read(raw: msgspec.Raw, block: int, index: int) -> AnyCaveat | CaveatUnmet:
    try:
        caveat = _caveat.decode(raw)
    except _BROKEN as error:
        return CaveatUnmet(index, block, *_describe(raw, error))
    if _encoder.encode(caveat) != bytes(raw):
        return CaveatUnmet(index, block, type(caveat).__name__, "it is not minimal msgpack")
    if reason := _fault(caveat):
        return CaveatUnmet(index, block, type(caveat).__name__, reason)
    return caveat


def _fault(caveat: AnyCaveat) -> str | None:
    for field in caveat.__struct_fields__:
        value = getattr(caveat, field)
        for text in (value,) if isinstance(value, str) else value if type(value) is list else ():
            if isinstance(text, str) and len(text.encode()) > limits.STRING:
                return f"a string exceeds {limits.STRING} bytes"
    return caveat.fault()


def _describe(raw: msgspec.Raw, error: Exception) -> tuple[str, str]:
    """The type name and the reason, for a caveat that could not be decoded."""
    try:
        tag = msgspec.msgpack.decode(_tag.decode(raw)[0], type=int)
    except (*_BROKEN, IndexError):
        return "Unknown", "it is not a caveat: a list that begins with its type number"
    if tag not in _NAMES:
        return "Unknown", f"caveat type {tag} is not known here"
    return _NAMES[tag], f"its fields are wrong: {error}"


def encode(caveats: tuple[AnyCaveat, ...], nonce: bytes | None = None) -> bytes:
    """A block of these caveats. Raises ValueError naming the caveat that no verifier would take."""
    if not 1 <= len(caveats) <= limits.CAVEATS:
        raise ValueError(f"a block holds 1 to {limits.CAVEATS} caveats, not {len(caveats)}")
    if nonce is not None and len(nonce) != 8:
        raise ValueError("a block's nonce is exactly 8 bytes")
    try:
        data = _encoder.encode([nonce or secrets.token_bytes(8), *caveats])
    except (TypeError, msgspec.MsgspecError, OverflowError) as error:
        raise ValueError(f"a caveat's fields are of the wrong type: {error}") from None
    if len(data) > limits.BLOCK:
        raise ValueError(
            f"the block would be {len(data)} bytes, at most {limits.BLOCK} are allowed"
        )
    try:
        read = decode(data, 0)
    except MalformedToken as error:
        raise ValueError(str(error)) from None
    for index, caveat in enumerate(read):
        if isinstance(caveat, CaveatUnmet):
            raise ValueError(f"caveat {index} ({caveat.caveat}): {caveat.reason}")
    return data
