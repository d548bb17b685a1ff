"""V2 JSON: one-letter members, each binary one as UTF-8 (`i`) or as base64 (`i64`), never both.

    {"v": 2, "l": location, "i": identifier, "c": [{"l": .., "i": cid, "v64": vid}], "s64": ..}

Read: `v` must be there and be the number 2 (go and pymacaroons leave it away: their JSON does not
say what it is); `l` and `c` may be absent or null; base64 comes in either alphabet, padded or not;
white space and the order of members are free. Written: in the order of libmacaroons, base64url
without padding, and UTF-8 wherever it can be.
"""

import json
from typing import Literal

import msgspec

from . import base64url, strict, strict_json
from .macaroon import Caveat, Macaroon


class _Caveat(msgspec.Struct, forbid_unknown_fields=True):
    l: str | None = None  # noqa: E741
    i: str | None = None
    i64: str | None = None
    v: str | None = None
    v64: str | None = None


class _Macaroon(msgspec.Struct, forbid_unknown_fields=True):
    v: Literal[2]
    l: str | None = None  # noqa: E741
    i: str | None = None
    i64: str | None = None
    c: list[_Caveat] | None = None
    s: str | None = None
    s64: str | None = None


@strict.decoder
def decode(data: bytes) -> Macaroon:
    """The macaroon. Raises MalformedToken."""
    read = strict_json.read(data, _Macaroon)
    identifier, signature = _binary(read.i, read.i64), _binary(read.s, read.s64)
    if identifier is None or signature is None:
        raise ValueError("the macaroon has no identifier or no signature")
    caveats = tuple(_caveat(caveat) for caveat in read.c or ())
    return Macaroon((read.l or "").encode(), identifier, caveats, signature)


def encode(macaroon: Macaroon) -> bytes:
    """The macaroon as JSON. Raises ValueError where it is too long or a location not UTF-8."""
    made: dict[str, object] = {"v": 2}
    made |= _located(macaroon.location) | _text("i", macaroon.identifier)
    made["c"] = [_members(caveat) for caveat in macaroon.caveats]
    made["s64"] = base64url.encode(macaroon.signature)
    return strict.fitting(
        json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    )


def _caveat(read: _Caveat) -> Caveat:
    cid, vid = _binary(read.i, read.i64), _binary(read.v, read.v64)
    if cid is None:
        raise ValueError("a caveat has no identifier")
    if vid is not None:
        return Caveat(cid, vid, (read.l or "").encode())
    return Caveat(cid, None, None if read.l is None else read.l.encode())


def _binary(plain: str | None, base64: str | None) -> bytes | None:
    if plain is not None and base64 is not None:
        raise ValueError("a member stands in both its encodings")
    if base64 is not None:
        return base64url.decode_either(base64)
    return None if plain is None else plain.encode()


def _members(caveat: Caveat) -> dict[str, str]:
    made = _located(caveat.location or b"") | _text("i", caveat.cid)
    if caveat.vid is not None:
        made["v64"] = base64url.encode(caveat.vid)
    return made


def _located(location: bytes) -> dict[str, str]:
    try:
        return {"l": location.decode("utf-8")} if location else {}
    except UnicodeDecodeError:
        raise ValueError("V2 JSON has no way to write a location that is not UTF-8") from None


def _text(name: str, value: bytes) -> dict[str, str]:
    try:
        return {name: value.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{name}64": base64url.encode(value)}
