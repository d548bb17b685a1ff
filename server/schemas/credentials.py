"""Request bodies that carry a credential: verify, batch verify, derive, self-revoke.

No repr here shows the credential.
"""

import re
from typing import Any

import msgspec

from engine.access import Access
from engine.redacted import Redacted
from server.durations import parse_duration
from server.networks import parse_address
from server.problems import invalid

from . import limits
from .enums import RevocationReason, TokenAlgorithm

_METHOD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}")


# Each is compared with all that a token lists.
AUDIENCES = 16
REQUIRED = 32


class Amount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Minor units of a currency, `minor` as a number or an int64 string."""

    currency: str
    minor: int | str

    def __post_init__(self) -> None:
        limits.texts("context.amount.currency", (self.currency,))
        limits.int64("context.amount.minor", self.minor)


class Context(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The facts of the access to be judged. A fact not given denies whatever caveat asks for it.

    Unlike elsewhere an unknown field is refused: a misspelt `scopes` would require none.
    """

    client_ip: str | None = None
    method: str | None = None
    path: str | None = None
    scopes: tuple[str, ...] = ()
    tool: str | None = None
    resource: str | None = None
    amount: Amount | None = None
    body_hash: str | None = None
    binding: str | None = None
    audience: str | None = None

    def __post_init__(self) -> None:
        if self.client_ip is not None and parse_address(self.client_ip) is None:
            raise invalid("context.client_ip", "must be an IPv4 or IPv6 address")
        if self.method is not None and not _METHOD.fullmatch(self.method):
            raise invalid("context.method", "must be an HTTP method")
        limits.texts("context.scopes", self.scopes, count=REQUIRED)
        limits.text("context.path", self.path or "", size=8192)
        limits.text("context.resource", self.resource or "", size=1024)
        limits.text("context.tool", self.tool or "")
        limits.text("context.audience", self.audience or "")
        self.access(0)

    def access(self, now: int) -> Access:
        """The facts as the engine takes them."""
        amount, body, binding = self.amount, self.body_hash, self.binding
        return Access(
            now=now,
            client_ip=None if self.client_ip is None else parse_address(self.client_ip),
            method=None if self.method is None else self.method.upper(),
            path=self.path,
            scopes=self.scopes,
            tool=self.tool,
            resource=self.resource,
            amount=None if amount is None else (amount.currency, int(amount.minor)),
            audience=self.audience,
            body_hash=None if body is None else limits.digest("context.body_hash", body),
            binding=None if binding is None else limits.digest("context.binding", binding),
        )


class VerifyRequest(Redacted, frozen=True):
    """`credential` may be empty here; what that answers is the route's to say."""

    credential: str = ""
    expected_audiences: tuple[str, ...] = ()
    context: Context | None = None

    def __post_init__(self) -> None:
        limits.text("credential", self.credential, size=limits.CREDENTIAL)
        limits.texts("expected_audiences", self.expected_audiences, count=AUDIENCES)

    def access(self, now: int) -> Access:
        """The facts as the engine takes them; expected_audiences is the caller's to apply."""
        return Access(now=now) if self.context is None else self.context.access(now)

    def __repr__(self) -> str:
        return "VerifyRequest(...)"


class BatchVerifyRequest(msgspec.Struct, frozen=True):
    """The items are left as they came until it is known that they are not too many."""

    requests: tuple[msgspec.Raw, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.requests) <= 100:
            raise invalid("requests", "must have 1 to 100 items")


class DeriveRequest(Redacted, frozen=True):
    credential: str = ""
    algorithm: TokenAlgorithm = TokenAlgorithm.UNSPECIFIED
    ttl: str | None = None
    scopes: tuple[str, ...] = ()
    custom_claims: dict[str, Any] | None = None
    audiences: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _required(self.credential)
        limits.texts("scopes", self.scopes)
        limits.texts("audiences", self.audiences)
        limits.json_object("custom_claims", self.custom_claims)
        self.ttl_seconds()

    def ttl_seconds(self) -> int | None:
        """The life asked for, None where the default shall apply."""
        return None if self.ttl is None else parse_duration(self.ttl)

    def __repr__(self) -> str:
        return "DeriveRequest(...)"


class SelfRevokeRequest(Redacted, frozen=True):
    credential: str = ""
    reason: RevocationReason = RevocationReason.UNSPECIFIED

    def __post_init__(self) -> None:
        _required(self.credential)
        if self.reason is RevocationReason.PRIVILEGE_WITHDRAWN:
            raise invalid("reason", f"must not be {self.reason}: that one is for administrators")

    def __repr__(self) -> str:
        return "SelfRevokeRequest(...)"


def _required(credential: str) -> None:
    if not credential:
        raise invalid("credential", "is required")
    limits.text("credential", credential, size=limits.CREDENTIAL)
