"""What a JWT says of itself, read without any key. Nothing here is verified."""

import msgspec

from engine.header import GrantHeader

from . import claims, compact


class JwtInfo(msgspec.Struct, frozen=True):
    """An unverified reading of a derived JWT: fit for display, never for a decision."""

    size: int
    unverified_algorithm: str
    unverified_kid: str
    unverified_issuer: str
    unverified_tenant: str
    unverified_header: GrantHeader


def inspect(token: str) -> JwtInfo:
    """Read a JWT without verifying it. Raises MalformedToken."""
    said = compact.split(token)
    read, head = claims.parse(said.payload)
    return JwtInfo(len(token), said.algorithm, said.kid, read.iss, read.nid, head)
