"""The compact form: three parts in canonical base64url, and a header that chooses nothing.

The header may hold `alg`, `kid` and `typ`, and no other member: whatever else JWS allows there
(`crit`, `jwk`, `jku`, `x5u`, `x5c`, `b64`, `zip`, ...) only moves trust into the token.
"""

import binascii
import re

from engine import limits
from engine.errors import MalformedToken
from engine.redacted import Redacted

from . import strictjson

_SHAPE = re.compile(r"eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")


class Unverified(Redacted, frozen=True):
    """What an unverified token says of its key, and its payload."""

    algorithm: str
    kid: str
    payload: bytes

    def __repr__(self) -> str:
        return f"Unverified({self.algorithm!r})"


def looks_like_jwt(text: str) -> bool:
    """Whether a credential is to be judged as a JWT; its form may still be wrong."""
    return isinstance(text, str) and _SHAPE.fullmatch(text) is not None


def split(token: str) -> Unverified:
    """Take a token apart. Raises MalformedToken."""
    if not isinstance(token, str) or len(token) > limits.TEXT:
        raise MalformedToken(f"a JWT is text of at most {limits.TEXT} bytes")
    if not looks_like_jwt(token):
        raise MalformedToken("the text is not three parts of base64url")
    head, payload, _ = (_decode(part) for part in token.split("."))
    try:
        header = strictjson.loads(head)
    except ValueError as error:
        raise MalformedToken(f"the JWT's header is {error}") from None
    algorithm, kid = header.get("alg"), header.get("kid")
    if header.keys() - {"alg", "kid", "typ"} or header.get("typ", "JWT") != "JWT":
        raise MalformedToken("the JWT's header holds more than alg, kid and typ JWT")
    if not isinstance(algorithm, str) or not isinstance(kid, str):
        raise MalformedToken("the JWT's header must name its algorithm and key as text")
    return Unverified(algorithm, kid, payload)


def _decode(part: str) -> bytes:
    body = part.encode()
    padded = body.translate(_FROM_URL) + b"=" * (-len(body) % 4)
    try:
        data = binascii.a2b_base64(padded)
    except binascii.Error:
        raise MalformedToken("a part of the JWT is not base64url") from None
    if binascii.b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=") != body:
        raise MalformedToken("a part of the JWT is not base64url with clear trailing bits")
    return data
