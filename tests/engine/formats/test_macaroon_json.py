"""V2 and V1 JSON: free in what JSON is free in, and strict in everything else."""

import base64
import json

import pytest

from engine.errors import MalformedToken
from engine.formats.macaroons import Caveat, Macaroon, v1_json, v2_json
from engine.formats.macaroons.text import decode_text

SIGNATURE = bytes(range(32))
VID = bytes(range(72))
PLAIN = Macaroon(b"here", b"id", (Caveat(b"c"), Caveat(b"t", VID, b"there")), SIGNATURE)
MEMBERS = json.loads(v2_json.encode(PLAIN))


def edited(**members: object) -> bytes:
    """V2 JSON with some members changed; None takes one away."""
    changed = {**MEMBERS, **members}
    return json.dumps({k: v for k, v in changed.items() if v is not None}).encode()


REFUSED = {
    "a member of the JSON is missing, unknown or of a wrong type": [
        *(edited(v=version) for version in (None, 1, 3, "2", 2.0, True, [2])),
        edited(i=3),
        edited(i=["i"]),
        edited(s64=None, s=list(range(32))),
        edited(l=5),
        edited(l64="aWQ"),
        edited(c={}),
        edited(c=[{"i": "c", "x": None}]),
        edited(c=[[]]),
        edited(x=1),
        edited(identifier="id"),
        edited().replace(b'"v": 2', b'"v": NaN'),
        b"2",
        b"null",
        b"[]",
    ],
    "the macaroon has no identifier or no signature": [
        edited(i=None),
        edited(s64=None),
    ],
    "a member stands in both its encodings": [
        edited(i64="aWQ"),
        edited(s="x" * 32),
        edited(c=[{"i": "c", "i64": "Yw"}]),
        edited(c=[{"i": "c", "v64": MEMBERS["c"][1]["v64"], "v": "x" * 72}]),
    ],
    "it is base64 with the wrong padding": [
        edited(i=None, i64="aWQ=="),
        edited(i=None, i64="aW="),
    ],
    "it is not base64url with clear trailing bits": [
        edited(i=None, i64="aWR"),
    ],
    "it is not base64url without padding": [
        edited(i=None, i64="a WQ"),
        edited(i=None, i64="aWQ\n"),
        edited(i=None, i64="-_+/"),
        edited(i=None, i64="a"),
        edited(s64=MEMBERS["s64"][:-2]),
        edited(s64=MEMBERS["s64"] + "AA"),
    ],
    "a macaroon's signature must be 32 bytes": [
        edited(s64=None, s="x" * 31),
    ],
    "a caveat has no identifier": [
        edited(c=[{}]),
    ],
    "a first-party caveat has no location": [
        edited(c=[{"i": "c", "l": "there"}]),
        edited(c=[{"i": "c", "l": ""}]),
    ],
    "a caveat's vid must be 72 bytes": [
        edited(c=[{"i": "c", "v64": "AAAA"}]),
    ],
    "a member of the JSON stands twice": [
        edited().replace(b'"v": 2', b'"v": 2, "v": 2'),
        edited().replace(b'"i": "id"', b'"i": "id", "\\u0069": "id"'),
        edited().replace(b'"i": "c"', b'"i": "c", "i": "c"'),
    ],
    "a text of the macaroon is not UTF-8": [
        edited().replace(b'"id"', b'"\\ud800"'),
    ],
    "it is not JSON in UTF-8, or nested too deeply": [
        edited().replace(b'"id"', b'"\xff"'),
        edited().replace(b'"id"', b'"\n"'),
        edited().replace(b'"v": 2', b'"v": ' + b"2" * 5000),
        edited() + b"}",
        b"\xef\xbb\xbf" + edited(),
        edited().decode().encode("utf-16"),
        b"[" * 60000,
        b'{"v": 2, "c": ' + b"[" * 60000,
        b"",
    ],
}


@pytest.mark.parametrize(
    ("reason", "data"), [(reason, data) for reason in REFUSED for data in REFUSED[reason]]
)
def test_v2_json_that_is_not_strict_is_refused(reason, data) -> None:
    with pytest.raises(MalformedToken, match=reason):
        v2_json.decode(data)
    with pytest.raises(MalformedToken):
        decode_text(data.decode("utf-8", "surrogateescape"))


def test_v2_json_reads_both_encodings_of_every_member_and_absent_ones() -> None:
    signature = "0123456789abcdefghijklmnopqrstu\u007f"
    vid = "\u00e9" * 36
    text = {"v": 2, "s": signature, "i64": "AP8", "c": [{"i64": "AP8=", "v": vid}], "l": None}
    read = v2_json.decode(json.dumps(text).encode())
    caveat = Caveat(b"\0\xff", vid.encode(), b"")
    assert read == Macaroon(b"", b"\0\xff", (caveat,), signature.encode())
    assert v2_json.decode(edited()) == PLAIN
    assert v2_json.decode(edited(c=None)).caveats == ()
    assert v2_json.decode(b" \n" + edited() + b"\t\r ") == PLAIN
    nulls = edited().replace(b'"v": 2', b'"v": 2, "i64": null, "s": null')
    assert v2_json.decode(nulls) == PLAIN


def test_v2_json_reads_padded_and_standard_base64() -> None:
    odd = Macaroon(b"", b"\xfb\xff\xfe\xfa", (), b"\xfb\xff" * 16)
    text = v2_json.encode(odd).decode()
    assert "-_" in text and "=" not in text
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for strip in ("", "="):
            fields = {
                name: encode(value).decode().rstrip(strip or None)
                for name, value in (("i64", odd.identifier), ("s64", odd.signature))
            }
            assert v2_json.decode(json.dumps({"v": 2, **fields}).encode()) == odd


def test_v2_json_is_utf_8_with_nothing_escaped_that_need_not_be() -> None:
    made = Macaroon("\u043c".encode(), '\u03b3"\\\n'.encode(), (), SIGNATURE)
    text = v2_json.encode(made).decode()
    assert "\u043c" in text and '\u03b3\\"\\\\\\n' in text
    assert v2_json.decode(text.encode()) == made


V1_JSON = {
    "location": "here",
    "identifier": "id",
    "caveats": [
        {"cid": "c", "vid": None, "cl": None},
        {"cid": "t", "vid": base64.urlsafe_b64encode(VID).decode().rstrip("="), "cl": "there"},
    ],
    "signature": SIGNATURE.hex(),
}


def test_v1_json_is_read() -> None:
    assert v1_json.decode(json.dumps(V1_JSON).encode()) == PLAIN
    assert decode_text(json.dumps(V1_JSON)) == PLAIN
    bare = {"identifier": "id", "signature": SIGNATURE.hex()}
    assert decode_text(json.dumps(bare)) == Macaroon(b"", b"id", (), SIGNATURE)


@pytest.mark.parametrize(
    "members",
    [
        {"signature": SIGNATURE.hex().upper()},
        {"signature": SIGNATURE.hex()[2:]},
        {"signature": SIGNATURE.hex()[2:] + "0 "},
        {"identifier": None},
        {"caveats": [{"cl": "there"}]},
        {"caveats": [{"cid": "c", "x": 1}]},
        {"caveats": [{"cid": "c", "cl": "there"}]},
        {"caveats": [{"cid": "c", "vid": "AAAA", "cl": "there"}]},
        {"v": 1},
        {"i": "id"},
    ],
)
def test_v1_json_that_is_not_strict_is_refused(members) -> None:
    text = json.dumps({**V1_JSON, **members})
    for decode in (decode_text, lambda text: v1_json.decode(text.encode())):
        with pytest.raises(MalformedToken):
            decode(text)
