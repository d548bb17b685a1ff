r"""V1 binary: packets of four hexadecimal digits (the packet's own length), a name and a value.

    0021location http://example.org/\n
    0015identifier keyid\n
    001dcid account = 3735928559\n      and for a third-party caveat also vid and cl
    002fsignature <32 bytes>\n

In this order and no other, digits in lower case, nothing after the signature. Of a third-party
caveat with an empty location libmacaroons leaves `cl` away and go writes it empty: both are read,
the latter is written. pymacaroons leaves the vid away too, which destroys its macaroon for good.
"""

import re

from . import strict
from .macaroon import Caveat, Macaroon

_LENGTH = re.compile(rb"[0-9a-f]{4}")


@strict.decoder
def decode(data: bytes) -> Macaroon:
    """The macaroon. Raises MalformedToken."""
    packets = _packets(data)
    names = [name for name, _ in packets]
    if names[:2] != [b"location", b"identifier"] or names[2:][-1:] != [b"signature"]:
        raise ValueError("a V1 macaroon is a location, an identifier, caveats and a signature")
    (_, location), (_, identifier), *middle, (_, signature) = packets
    return Macaroon(location, identifier, tuple(_caveats(middle)), signature)


def encode(macaroon: Macaroon) -> bytes:
    """The one spelling of a macaroon. Raises ValueError where it would be too long."""
    data = _packet(b"location", macaroon.location) + _packet(b"identifier", macaroon.identifier)
    for caveat in macaroon.caveats:
        data += _packet(b"cid", caveat.cid)
        if caveat.vid is not None and caveat.location is not None:
            data += _packet(b"vid", caveat.vid) + _packet(b"cl", caveat.location)
    return strict.fitting(data + _packet(b"signature", macaroon.signature))


def _packets(data: bytes) -> list[tuple[bytes, bytes]]:
    packets, at = [], 0
    while at < len(data):
        digits = _LENGTH.fullmatch(data, at, at + 4)
        if digits is None:
            raise ValueError("a packet does not begin with its length")
        end = at + int(digits.group(), 16)
        name, space, value = data[at + 4 : end].partition(b" ")
        if end > len(data) or not space or value[-1:] != b"\n":
            raise ValueError("a packet is not a name, a space, a value and a newline")
        packets.append((name, value[:-1]))
        at = end
    return packets


def _caveats(packets: list[tuple[bytes, bytes]]) -> list[Caveat]:
    caveats = []
    rest = packets[::-1]
    while rest:
        cid = _take(rest, b"cid")
        if cid is None:
            raise ValueError("a packet does not belong where it stands")
        vid = _take(rest, b"vid")
        location = None if vid is None else _take(rest, b"cl") or b""
        caveats.append(Caveat(cid, vid, location))
    return caveats


def _take(rest: list[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    """The value of the next packet if that is its name; `rest` is in reverse."""
    return rest.pop()[1] if rest and rest[-1][0] == name else None


def _packet(name: bytes, value: bytes) -> bytes:
    # A length of more than four digits makes the whole too long, which is refused at the end.
    return b"%04x%b %b\n" % (4 + len(name) + 1 + len(value) + 1, name, value)
