"""V2 binary: one spelling, and one liberty on reading."""

import pytest

from engine.errors import MalformedToken
from engine.formats.macaroons import Caveat, Macaroon, v2

SIGNATURE = bytes(range(32))
VID = bytes(range(72))
HEADER = b"\x02\x02\x02id\x00"
END = b"\x00\x06\x20" + SIGNATURE


REFUSED = {
    "a field extends past the end of the macaroon": [
        b"\x02\x02\x7fid\x00" + END,
        (HEADER + END)[:-1],
        HEADER + b"\x02\xff\xff\x03c\x00" + END,
    ],
    "a V2 macaroon begins with the byte 2": [
        b"",
        b"\x01" + (HEADER + END)[1:],
        b"\x03" + (HEADER + END)[1:],
    ],
    "a type or length is cut off or too great": [
        b"\x02",
        b"\x02\x02\x82\x80\x80\x00id\x00" + END,
        b"\x02\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01id\x00" + END,
    ],
    "the macaroon has no identifier": [
        b"\x02\x00" + END,
        b"\x02\x01\x04here\x00" + END,
    ],
    "the fields of a section are not in increasing order": [
        b"\x02\x02\x02id\x01\x04here\x00" + END,
        b"\x02\x02\x02id\x02\x02id\x00" + END,
        HEADER + b"\x04\x48" + VID + b"\x02\x01c\x00" + END,
        HEADER + b"\x02\x01c\x02\x01c\x00" + END,
    ],
    "a field is of a type that does not belong where it stands": [
        b"\x02\x02\x02id\x04\x01x\x00" + END,
        b"\x02\x02\x02id\x03\x01x\x00" + END,
        b"\x02\x02\x02id\x06\x20" + SIGNATURE + b"\x00" + END,
        b"\x02\x02\x03id\x00" + END,
        HEADER + b"\x02\x01c\x05\x01x\x00" + END,
    ],
    "a type or length is not in its shortest form": [
        b"\x02\x82\x00\x02id\x00" + END,
        b"\x02\x02\x82\x00id\x00" + END,
        b"\x02\x02\x82\x80\x00id\x00" + END,
        b"\x02\x02\x02id\x80\x00" + END,
        HEADER + b"\x00\x06\xa0\x00" + SIGNATURE,
    ],
    "a caveat has no identifier": [
        HEADER + b"\x01\x01x\x00" + END,
        HEADER + b"\x04\x48" + VID + b"\x00" + END,
    ],
    "a first-party caveat has no location": [
        HEADER + b"\x01\x01x\x02\x01c\x00" + END,
        HEADER + b"\x01\x00\x02\x01c\x00" + END,
    ],
    "a caveat's vid must be 72 bytes": [
        HEADER + b"\x02\x01c\x04\x47" + VID[1:] + b"\x00" + END,
        HEADER + b"\x02\x01c\x04\x49" + VID + b"x\x00" + END,
        HEADER + b"\x02\x01c\x04\x00\x00" + END,
    ],
    "a macaroon's signature must be 32 bytes": [
        HEADER + b"\x00\x06\x1f" + SIGNATURE[1:],
        HEADER + b"\x00\x06\x21" + SIGNATURE + b"x",
    ],
    "the macaroon does not end with its signature": [
        HEADER + b"\x00\x05\x20" + SIGNATURE,
        HEADER + b"\x00\x00",
        HEADER + END + b"\x00",
        HEADER + END + HEADER + END,
    ],
}


@pytest.mark.parametrize(
    ("reason", "data"), [(reason, data) for reason in REFUSED for data in REFUSED[reason]]
)
def test_v2_that_is_not_the_one_spelling_is_refused(reason, data) -> None:
    with pytest.raises(MalformedToken, match=reason):
        v2.decode(data)


def test_v2_reads_an_empty_location_and_does_not_write_it() -> None:
    assert v2.decode(HEADER + END) == Macaroon(b"", b"id", (), SIGNATURE)
    stated = b"\x02\x01\x00\x02\x02id\x00\x01\x00\x02\x01c\x04\x48" + VID + b"\x00" + END
    read = v2.decode(stated)
    assert read == Macaroon(b"", b"id", (Caveat(b"c", VID, b""),), SIGNATURE)
    assert v2.encode(read) == stated.replace(b"\x01\x00\x02", b"\x02")
