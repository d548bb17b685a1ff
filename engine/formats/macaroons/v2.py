"""V2 binary: fields of a type, a length and a value, in sections that end with a zero byte.

    02                                          version
    [01 len location] 02 len identifier 00      header
    [01 len location] 02 len cid [04 len vid] 00  per caveat; location and vid, or neither
    00                                          no more caveats
    06 20 signature                             and nothing after it

Types and lengths are LEB128 varints, refused where they are not minimal. Types must increase. The
one liberty on reading is a location that is stated and empty, which pymacaroons writes; it is
never written here. After libmacaroons' doc/format.txt.
"""

from collections.abc import Iterator

from . import strict
from .macaroon import Caveat, Macaroon

_VERSION = b"\x02"
_END, _LOCATION, _IDENTIFIER, _VID, _SIGNATURE = 0, 1, 2, 4, 6
_VARINT = 3  # bytes; 21 bits hold every length up to limits.ENCODED


@strict.decoder
def decode(data: bytes) -> Macaroon:
    """The macaroon. Raises MalformedToken."""
    if data[:1] != _VERSION:
        raise ValueError("a V2 macaroon begins with the byte 2")
    header, at = _section(data, 1, {_LOCATION, _IDENTIFIER})
    if _IDENTIFIER not in header:
        raise ValueError("the macaroon has no identifier")
    caveats = []
    while True:
        fields, at = _section(data, at, {_LOCATION, _IDENTIFIER, _VID})
        if not fields:
            break
        caveats.append(_caveat(fields))
    kind, signature, at = _field(data, at)
    if kind != _SIGNATURE or at != len(data):
        raise ValueError("the macaroon does not end with its signature")
    location, identifier = header.get(_LOCATION, b""), header[_IDENTIFIER]
    return Macaroon(location, identifier, tuple(caveats), signature)


def encode(macaroon: Macaroon) -> bytes:
    """The one spelling of a macaroon. Raises ValueError where it would be too long."""
    data = bytearray(_VERSION)
    data += _located(macaroon.location) + _packet(_IDENTIFIER, macaroon.identifier) + b"\0"
    for caveat in macaroon.caveats:
        data += _located(caveat.location or b"") + _packet(_IDENTIFIER, caveat.cid)
        if caveat.vid is not None:
            data += _packet(_VID, caveat.vid)
        data.append(_END)
    data.append(_END)
    return strict.fitting(bytes(data + _packet(_SIGNATURE, macaroon.signature)))


def _caveat(fields: dict[int, bytes]) -> Caveat:
    if _IDENTIFIER not in fields:
        raise ValueError("a caveat has no identifier")
    vid = fields.get(_VID)
    # Without a vid a location stays as it is, for Caveat to refuse.
    location = fields.get(_LOCATION, None if vid is None else b"")
    return Caveat(fields[_IDENTIFIER], vid, location)


def _section(data: bytes, at: int, known: set[int]) -> tuple[dict[int, bytes], int]:
    """The fields of a section by type, and where the next one begins."""
    fields: dict[int, bytes] = {}
    last = _END
    while True:
        kind, value, at = _field(data, at)
        if kind == _END:
            return fields, at
        if kind not in known:
            raise ValueError("a field is of a type that does not belong where it stands")
        if kind <= last:
            raise ValueError("the fields of a section are not in increasing order")
        fields[kind] = value
        last = kind


def _field(data: bytes, at: int) -> tuple[int, bytes, int]:
    kind, at = _varint(data, at)
    if kind == _END:
        return kind, b"", at
    length, at = _varint(data, at)
    if length > len(data) - at:
        raise ValueError("a field extends past the end of the macaroon")
    return kind, data[at : at + length], at + length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for count, byte in enumerate(data[at : at + _VARINT]):
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            if byte == 0 and count:
                raise ValueError("a type or length is not in its shortest form")
            return value, at + count + 1
    raise ValueError("a type or length is cut off or too great")


def _varint_bytes(value: int) -> Iterator[int]:
    while value > 0x7F:
        yield value & 0x7F | 0x80
        value >>= 7
    yield value


def _packet(kind: int, value: bytes) -> bytes:
    return bytes((kind, *_varint_bytes(len(value)))) + value


def _located(location: bytes) -> bytes:
    return _packet(_LOCATION, location) if location else b""
