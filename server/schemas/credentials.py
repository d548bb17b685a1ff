"""Request bodies that carry a credential: verify, batch verify, derive, self-revoke.

No repr here shows the credential.
"""

import re
from typing import Annotated, Any, ClassVar

import msgspec

from engine.access import Access
from engine.redacted import Redacted
from server.durations import parse_duration
from server.networks import parse_address
from server.problems import invalid
from server.revisions import Revision, parse_revision

from . import forms, limits
from .enums import RevocationReason, TokenAlgorithm

_METHOD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,32}")


# Each is compared with all that a token lists.
AUDIENCES = 16
REQUIRED = 32
BATCH = 100
PATH = 8192
RESOURCE = 1024

Required = Annotated[tuple[forms.Item, ...], forms.form(maxItems=REQUIRED)]
Audiences = Annotated[tuple[forms.Item, ...], forms.form(maxItems=AUDIENCES)]


class Amount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Minor units of a currency, `minor` as a number or an int64 string."""

    currency: str
    minor: forms.Int64

    def __post_init__(self) -> None:
        limits.texts("context.amount.currency", (self.currency,))
        limits.int64("context.amount.minor", self.minor)


class Context(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The facts of the access to be judged. A fact not given denies whatever caveat asks for it.

    Unlike elsewhere an unknown field is refused: a misspelt `scopes` would require none.
    """

    client_ip: str | None = None
    method: str | None = None
    path: Annotated[str, forms.form(maxLength=PATH)] | None = None
    scopes: Required = ()
    tool: forms.Text | None = None
    resource: Annotated[str, forms.form(maxLength=RESOURCE)] | None = None
    amount: Amount | None = None
    body_hash: forms.Digest | None = None
    binding: forms.Digest | None = None
    audience: forms.Text | None = None

    def __post_init__(self) -> None:
        if self.client_ip is not None and parse_address(self.client_ip) is None:
            raise invalid("context.client_ip", "must be an IPv4 or IPv6 address")
        if self.method is not None and not _METHOD.fullmatch(self.method):
            raise invalid("context.method", "must be an HTTP method")
        limits.texts("context.scopes", self.scopes, count=REQUIRED)
        # Most contexts state few facts, and each verify has one.
        if self.path is not None:
            limits.text("context.path", self.path, size=PATH)
        if self.resource is not None:
            limits.text("context.resource", self.resource, size=RESOURCE)
        if self.tool is not None:
            limits.text("context.tool", self.tool)
        if self.audience is not None:
            limits.text("context.audience", self.audience)
        if self.body_hash is not None:
            limits.octets("context.body_hash", self.body_hash)
        if self.binding is not None:
            limits.octets("context.binding", self.binding)

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
            body_hash=None if body is None else limits.octets("context.body_hash", body),
            binding=None if binding is None else limits.octets("context.binding", binding),
        )


class VerifyRequest(Redacted, frozen=True):
    """Is the credential good for the access? An empty one is answered as malformed."""

    credential: forms.Credential = ""
    expected_audiences: Audiences = ()
    context: Context | None = None
    min_revision: forms.Revision = ""

    def __post_init__(self) -> None:
        limits.text("credential", self.credential, size=limits.CREDENTIAL)
        if self.min_revision:
            self.revision()
        if self.expected_audiences:
            limits.texts("expected_audiences", self.expected_audiences, count=AUDIENCES)

    def revision(self) -> Revision:
        """What the node must have applied before it answers."""
        return parse_revision("min_revision", self.min_revision)

    def access(self, now: int) -> Access:
        """The facts as the engine takes them; expected_audiences is the caller's to apply."""
        return Access(now=now) if self.context is None else self.context.access(now)

    def __repr__(self) -> str:
        return "VerifyRequest(...)"


class BatchVerifyRequest(msgspec.Struct, frozen=True):
    """Up to 100 questions at once."""

    required: ClassVar = ("requests",)

    # The items are left as they came until it is known that they are not too many.
    requests: Annotated[
        tuple[Annotated[msgspec.Raw, forms.like("VerifyRequest")], ...],
        forms.form(minItems=1, maxItems=BATCH),
    ] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.requests) <= BATCH:
            raise invalid("requests", f"must have 1 to {BATCH} items")


class DeriveRequest(Redacted, frozen=True):
    required: ClassVar = ("credential",)

    credential: forms.Credential = ""
    algorithm: TokenAlgorithm = TokenAlgorithm.UNSPECIFIED
    ttl: forms.Duration | None = None
    scopes: forms.Texts = ()
    custom_claims: dict[str, Any] | None = None
    audiences: forms.Texts = ()

    def __post_init__(self) -> None:
        limits.required(self, self.required)
        limits.text("credential", self.credential, size=limits.CREDENTIAL)
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
    required: ClassVar = ("credential",)
    refused: ClassVar = (RevocationReason.PRIVILEGE_WITHDRAWN,)

    credential: forms.Credential = ""
    reason: RevocationReason = RevocationReason.UNSPECIFIED

    def __post_init__(self) -> None:
        limits.required(self, self.required)
        limits.text("credential", self.credential, size=limits.CREDENTIAL)
        if self.reason in self.refused:
            raise invalid("reason", f"must not be {self.reason}: that one is for administrators")

    def __repr__(self) -> str:
        return "SelfRevokeRequest(...)"


class SelfRevokeResponse(msgspec.Struct, frozen=True):
    """Nothing: it is revoked."""
