"""Why a credential was refused, in the words of the wire.

The code is always one of the official clients' enum; what it cannot say goes into the caveat.
Malformed, unknown, forged and foreign credentials are one answer, so that nobody learns which
keys exist.
"""

import msgspec

from engine import CaveatUnmet, MalformedToken, TokenError, TokenExpired, TokenRevoked
from engine.errors import BadTail, UnknownKey
from engine.formats.jwt import looks_like_jwt

from .schemas import UnmetCaveat, VerificationError

_CAVEATS = {
    "Network": (VerificationError.IP_NOT_ALLOWED, 403),
    "Audience": (VerificationError.AUDIENCE_MISMATCH, 403),
    "Budget": (VerificationError.RATE_LIMITED, 429),
    "RateLimit": (VerificationError.RATE_LIMITED, 429),
}


class Refusal(msgspec.Struct, frozen=True):
    """`status` is the HTTP status for gateways, `caveat` what refused, for authorised callers."""

    code: VerificationError
    message: str
    status: int
    caveat: UnmetCaveat | None = None


def refusal(error: TokenError, credential: str, derived: tuple[str, ...]) -> Refusal:
    """Say an engine error in the words of the wire; `derived` as in `Tenant`."""
    if not credential:
        return Refusal(VerificationError.INVALID_FORMAT, "credential is required", 401)
    if isinstance(error, MalformedToken | UnknownKey | BadTail):
        if credential.startswith(derived) or looks_like_jwt(credential):
            message = "the credential is not valid here"
            return Refusal(VerificationError.SIGNATURE_INVALID, message, 401)
        return Refusal(VerificationError.NOT_FOUND, "API key not found", 401)
    if isinstance(error, TokenExpired):
        caveat = None
        if error.block is not None:
            caveat = UnmetCaveat("Window", str(error), error.block, error.index)
        return Refusal(VerificationError.EXPIRED, "the credential has expired", 401, caveat)
    if isinstance(error, TokenRevoked):
        return Refusal(VerificationError.REVOKED, "the credential has been revoked", 401)
    if isinstance(error, CaveatUnmet):
        code, status = _CAVEATS.get(error.caveat, (VerificationError.SIGNATURE_INVALID, 403))
        index = None if error.block is None else error.index
        caveat = UnmetCaveat(error.caveat, error.reason, error.block, index)
        message = f"the {error.caveat} restriction does not allow this"
        if error.caveat == "RateLimit":
            message = "rate limit exceeded"
        return Refusal(code, message, status, caveat)
    return Refusal(VerificationError.INTERNAL, "the credential could not be verified", 401)
