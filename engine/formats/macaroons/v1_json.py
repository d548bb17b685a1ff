"""V1 JSON, read only: the members of V1 by name, vid in base64, signature in hexadecimal.

    {"location": .., "identifier": .., "caveats": [{"cid": .., "vid": .., "cl": ..}],
     "signature": 64 digits in lower case}

As go, js and pymacaroons write it, the last with nulls for what is absent. libmacaroons has no
such form, and it can hold no identifier that is not UTF-8: nothing should be written in it.
"""

import re

import msgspec

from engine.redacted import Redacted

from . import base64url, strict, strict_json
from .macaroon import Caveat, Macaroon

_SIGNATURE = re.compile(r"[0-9a-f]{64}")


class _Caveat(msgspec.Struct, forbid_unknown_fields=True):
    cid: str
    vid: str | None = None
    cl: str | None = None


class _Macaroon(Redacted, frozen=True, forbid_unknown_fields=True):
    identifier: str
    signature: str
    location: str | None = None
    caveats: list[_Caveat] | None = None


@strict.decoder
def decode(data: bytes) -> Macaroon:
    """The macaroon. Raises MalformedToken."""
    read = strict_json.read(data, _Macaroon)
    if not _SIGNATURE.fullmatch(read.signature):
        raise ValueError("the signature is not 64 hexadecimal digits in lower case")
    caveats = tuple(_caveat(caveat) for caveat in read.caveats or ())
    location, identifier = (read.location or "").encode(), read.identifier.encode()
    return Macaroon(location, identifier, caveats, bytes.fromhex(read.signature))


def _caveat(read: _Caveat) -> Caveat:
    if read.vid is not None:
        vid = base64url.decode_either(read.vid)
        return Caveat(read.cid.encode(), vid, (read.cl or "").encode())
    return Caveat(read.cid.encode(), None, None if read.cl is None else read.cl.encode())
