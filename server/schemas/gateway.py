"""What `/v1/verify` answers beside its status."""

import msgspec

from server.problems import Envelope

from .enums import VerificationError
from .verdicts import UnmetCaveat


class Allowed(msgspec.Struct, frozen=True):
    allowed: bool = True


class Denied(Envelope, frozen=True, kw_only=True):
    """The error envelope, and what refused."""

    allowed: bool = False
    error_code: VerificationError
    caveat: UnmetCaveat | None
