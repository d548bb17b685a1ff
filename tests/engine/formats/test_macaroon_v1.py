"""V1 binary: one spelling, and one liberty on reading."""

import pytest

from engine.errors import MalformedToken
from engine.formats.macaroons import Caveat, Macaroon, v1

SIGNATURE = bytes(range(32))
VID = bytes(range(72))
V1 = b"000elocation \n0012identifier id\n"
V1_END = b"002fsignature " + SIGNATURE + b"\n"

REFUSED = {
    "a V1 macaroon is a location, an identifier, caveats and a signature": [
        b"",
        V1,
        V1_END,
        V1 + b"002fsignaturf " + SIGNATURE + b"\n",
        b"0012identifier id\n" + V1_END,
        b"0012identifier id\n000elocation \n" + V1_END,
        b"000elocation \n" + V1_END,
    ],
    "a packet is not a name, a space, a value and a newline": [
        V1 + b"002fsignature " + SIGNATURE,
        V1 + b"002fsignature\n" + SIGNATURE + b"\n",
        b"000elocation  0012identifier id\n" + V1_END,
        V1 + b"000ccid  c\nx\n" + V1_END,
        V1 + b"0000" + V1_END,
        V1 + b"0004" + V1_END,
        V1 + b"ffffcid c\n" + V1_END,
    ],
    "a packet does not begin with its length": [
        V1 + V1_END + b"\n",
        V1 + b"002Fsignature " + SIGNATURE + b"\n",
        V1 + b"+02fsignature " + SIGNATURE + b"\n",
        V1 + b"0x2fsignature " + SIGNATURE + b"\n",
    ],
    "a packet does not belong where it stands": [
        V1 + V1_END + V1_END,
        V1 + b"0012identifier id\n" + V1_END,
        V1 + b"0051vid " + VID + b"\n" + V1_END,
        V1 + b"000acid c\n0008cl \n" + V1_END,
        V1 + b"000acid c\n0008cl \n0051vid " + VID + b"\n" + V1_END,
        V1 + b"000acid c\n0051vid " + VID + b"\n0051vid " + VID + b"\n" + V1_END,
    ],
    "a macaroon's signature must be 32 bytes": [
        V1 + b"002esignature " + SIGNATURE[1:] + b"\n",
    ],
    "a caveat's vid must be 72 bytes": [
        V1 + b"000acid c\n0050vid " + VID[1:] + b"\n" + V1_END,
    ],
}


@pytest.mark.parametrize(
    ("reason", "data"), [(reason, data) for reason in REFUSED for data in REFUSED[reason]]
)
def test_v1_that_is_not_the_one_spelling_is_refused(reason, data) -> None:
    with pytest.raises(MalformedToken, match=reason):
        v1.decode(data)


def test_v1_reads_a_third_party_caveat_without_cl_and_writes_an_empty_one() -> None:
    absent = V1 + b"000acid c\n0051vid " + VID + b"\n" + V1_END
    stated = absent.replace(V1_END, b"0008cl \n" + V1_END)
    read = v1.decode(absent)
    assert read == v1.decode(stated) == Macaroon(b"", b"id", (Caveat(b"c", VID, b""),), SIGNATURE)
    assert v1.encode(read) == stated


def test_v1_takes_spaces_and_newlines_in_values_for_what_they_are() -> None:
    made = Macaroon(b" \n", b"a b\n000acid c\n", (Caveat(b" "), Caveat(b"\n\n")), SIGNATURE)
    assert v1.decode(v1.encode(made)) == made
