"""Every refusal the server can answer with, and the one table that maps reasons to statuses.

A message says what happened and what to do; it never carries key or token bytes, and nothing that
a client sent is repeated in it except the names of fields.
"""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from engine.errors import (
    BadTail,
    CaveatUnmet,
    MalformedToken,
    TokenError,
    TokenExpired,
    TokenRevoked,
    UnknownKey,
)
from storage.errors import Conflict, KeyExists, RequestReplayed, Stale, StoreUnavailable

DOMAIN = "www.ory.com/talos"

# reason -> (HTTP status, canonical gRPC name)
REASONS: Mapping[str, tuple[int, str]] = {
    "BAD_REQUEST": (400, "INVALID_ARGUMENT"),
    "INVALID_API_KEY_FORMAT": (400, "INVALID_ARGUMENT"),
    "CREDENTIAL_REQUIRED": (400, "INVALID_ARGUMENT"),
    "UNKNOWN_CREDENTIAL": (400, "INVALID_ARGUMENT"),
    "DERIVED_TOKEN_NOT_REVOCABLE": (400, "INVALID_ARGUMENT"),
    "INVALID_TOKEN_TYPE": (400, "INVALID_ARGUMENT"),
    "UNAUTHORIZED": (401, "UNAUTHENTICATED"),
    "API_KEY_EXPIRED": (401, "UNAUTHENTICATED"),
    "API_KEY_REVOKED": (401, "UNAUTHENTICATED"),
    "SIGNATURE_INVALID": (401, "UNAUTHENTICATED"),
    "PARENT_KEY_INVALID": (401, "UNAUTHENTICATED"),
    "FORBIDDEN": (403, "PERMISSION_DENIED"),
    "IP_NOT_ALLOWED": (403, "PERMISSION_DENIED"),
    "NOT_FOUND": (404, "NOT_FOUND"),
    "API_KEY_NOT_FOUND": (404, "NOT_FOUND"),
    "METHOD_NOT_ALLOWED": (405, "UNIMPLEMENTED"),
    "REQUEST_TIMEOUT": (408, "DEADLINE_EXCEEDED"),
    "CONFLICT": (409, "ALREADY_EXISTS"),
    "API_KEY_EXISTS": (409, "ALREADY_EXISTS"),
    "FAILED_PRECONDITION": (409, "FAILED_PRECONDITION"),
    "TOO_MANY_REQUESTS": (429, "RESOURCE_EXHAUSTED"),
    "REQUEST_TOO_LARGE": (429, "RESOURCE_EXHAUSTED"),
    "HEADERS_TOO_LARGE": (431, "RESOURCE_EXHAUSTED"),
    "CLIENT_CLOSED_REQUEST": (499, "CANCELLED"),
    "INTERNAL_SERVER_ERROR": (500, "INTERNAL"),
    "SERVICE_UNAVAILABLE": (503, "UNAVAILABLE"),
    "GATEWAY_TIMEOUT": (504, "DEADLINE_EXCEEDED"),
}

_INTERNAL = (
    "An internal error occurred. Nothing about your request needs to change; "
    "give the operator this response's X-Request-ID, under which the log has the cause."
)


class ErrorInfo(msgspec.Struct, frozen=True, kw_only=True):
    """`reason` is the stable machine id; `metadata` names the `field` and `rule` of a bad input."""

    type: str = msgspec.field(name="@type", default="type.googleapis.com/google.rpc.ErrorInfo")
    reason: str
    domain: str = DOMAIN
    metadata: dict[str, str] | UnsetType = UNSET


class Error(msgspec.Struct, frozen=True):
    """`code` is the HTTP status, `status` the canonical gRPC name, `message` is for people."""

    code: int
    message: str
    status: str
    details: tuple[ErrorInfo, ...]


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """Every refusal's body (AIP-193)."""

    error: Error


class Problem(Exception):
    """The request is refused; `reason` is the stable machine id, `message` is for people.

    `metadata` goes into the envelope as strings, `headers` onto the response.
    """

    def __init__(
        self,
        reason: str,
        message: str,
        metadata: Mapping[str, str] | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(message)
        self.http, self.status = REASONS[reason]
        self.reason = reason
        self.message = message
        self.metadata = dict(metadata or {})
        self.headers = headers

    def body(self) -> bytes:
        """The JSON envelope, encoded."""
        return msgspec.json.encode(Envelope(error=self.error()))

    def error(self) -> Error:
        """What stands in the envelope."""
        info = ErrorInfo(reason=self.reason, metadata=self.metadata or UNSET)
        return Error(self.http, self.message, self.status, (info,))


def invalid(field: str, rule: str) -> Problem:
    """The 400 for a field that breaks a rule; `rule` completes the sentence "<field> ..."."""
    return Problem("BAD_REQUEST", f"{field} {rule}", {"field": field, "rule": rule})


def problem_for(error: BaseException) -> Problem:
    """What the client is told about an error; anything unforeseen is a 500 that tells nothing."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, TokenError):
        return _token_problem(error)
    if isinstance(error, StoreUnavailable):
        return Problem("SERVICE_UNAVAILABLE", "The database cannot be reached. Try again shortly.")
    if isinstance(error, KeyExists):
        return Problem("API_KEY_EXISTS", "This API key already exists.")
    if isinstance(error, RequestReplayed):
        return Problem("CONFLICT", "This request_id was used before. Send a new one.")
    if isinstance(error, Stale):
        return Problem("SERVICE_UNAVAILABLE", "The key changed in the meantime. Try again shortly.")
    if isinstance(error, Conflict):
        return Problem("CONFLICT", "What this rests on is no longer so. Read it again.")
    if isinstance(error, TimeoutError):
        return Problem("GATEWAY_TIMEOUT", "The operation took too long. Try again shortly.")
    return Problem("INTERNAL_SERVER_ERROR", _INTERNAL)


def _token_problem(error: TokenError) -> Problem:
    # Malformed, unknown and forged look the same from outside: no oracle for guessing key ids.
    if isinstance(error, MalformedToken | UnknownKey | BadTail):
        return Problem("SIGNATURE_INVALID", "The credential is not valid here.")
    if isinstance(error, TokenExpired):
        return Problem("API_KEY_EXPIRED", "The credential has expired. Get a new one.")
    if isinstance(error, TokenRevoked):
        return Problem("API_KEY_REVOKED", "The credential has been revoked. Get a new one.")
    if isinstance(error, CaveatUnmet) and error.caveat == "Network":
        return Problem("IP_NOT_ALLOWED", "The credential may not be used from this address.")
    if isinstance(error, CaveatUnmet) and error.caveat == "Budget":
        return Problem("TOO_MANY_REQUESTS", "The budget of the credential is spent. Try later.")
    if isinstance(error, CaveatUnmet):
        return Problem("FORBIDDEN", "The credential does not allow this.")
    return Problem("UNAUTHORIZED", "The credential is refused.")
