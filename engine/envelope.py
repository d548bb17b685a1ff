"""The outer array of a token: [header: bin, blocks: [bin, ...], tail: bin(32)].

The parts stay the exact bytes that were received: the chain covers those, and nothing is ever
re-encoded to be hashed. The envelope itself must be minimal msgpack, which comparing it with its
own re-encoding proves.
"""

from typing import Annotated

import msgspec

from . import limits
from .errors import MalformedToken

_Header = Annotated[bytes, msgspec.Meta(min_length=1, max_length=limits.HEADER)]
_Block = Annotated[bytes, msgspec.Meta(min_length=1, max_length=limits.BLOCK)]
_Blocks = Annotated[list[_Block], msgspec.Meta(max_length=limits.BLOCKS)]
_Tail = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]

_decoder = msgspec.msgpack.Decoder(tuple[_Header, _Blocks, _Tail])
_encoder = msgspec.msgpack.Encoder()


def split(token: bytes) -> tuple[bytes, list[bytes], bytes]:
    """Header, blocks and tail. Raises MalformedToken."""
    try:
        header, blocks, tail = _decoder.decode(token)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise MalformedToken("the token is not an envelope of header, blocks and tail") from None
    if join(header, blocks, tail) != token:
        raise MalformedToken("the token's envelope is not minimal msgpack")
    return header, blocks, tail


def join(header: bytes, blocks: list[bytes], tail: bytes) -> bytes:
    """The token's bytes."""
    return _encoder.encode((header, blocks, tail))
