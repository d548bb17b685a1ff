"""The forms and answers of the OAuth routes. No repr here shows a token."""

import re
from typing import Annotated, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from engine.access import Access
from engine.redacted import Redacted
from server.durations import parse_duration
from server.oautherrors import OAuthError
from server.oautherrors import OAuthRefusal as OAuthRefusal
from server.problems import Problem, invalid
from server.revisions import Revision, parse_revision

from . import forms, limits
from .credentials import AUDIENCES, Amount, Context
from .enums import KeyVisibility

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
JWT = "urn:ietf:params:oauth:token-type:jwt"


class IntrospectForm(Redacted, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """RFC 7662 section 2.1, and the facts of the access that the answer shall be about.

    They are named as in the `context` of verify. Unlike elsewhere an unknown parameter is refused:
    a misspelt `scope` would require none. `client_id` is what some clients send along.
    """

    required: ClassVar = ("token",)

    token: str = ""
    token_type_hint: str | None = None
    client_id: str | None = None
    scope: str | None = None
    audience: tuple[str, ...] = ()
    client_ip: str | None = None
    method: str | None = None
    path: str | None = None
    tool: str | None = None
    resource: str | None = None
    amount_currency: str | None = None
    amount_minor: str | None = None
    min_revision: str = ""

    def __post_init__(self) -> None:
        limits.required(self, self.required)
        if self.scope is not None and not self.scope.split():
            raise invalid("scope", "must not be empty: it would require nothing")
        limits.texts("audience", self.audience, count=AUDIENCES)
        if (self.amount_currency is None) != (self.amount_minor is None):
            raise invalid("amount_currency", "and amount_minor must be given together")
        self.access(0)
        self.revision()

    def revision(self) -> Revision:
        """What the node must have applied before it answers."""
        return parse_revision("min_revision", self.min_revision)

    def access(self, now: int) -> Access:
        """The facts as the engine takes them; `audience` is the caller's to apply."""
        currency, minor = self.amount_currency, self.amount_minor
        try:
            return Context(
                client_ip=self.client_ip,
                method=self.method,
                path=self.path,
                scopes=tuple((self.scope or "").split()),
                tool=self.tool,
                resource=self.resource,
                amount=None if currency is None or minor is None else Amount(currency, minor),
            ).access(now)
        except Problem as problem:
            field, rule = problem.metadata["field"], problem.metadata["rule"]
            name = re.sub(r"^context\.|\[[0-9]+\]$", "", field)
            name = "scope" if name == "scopes" else name.replace(".", "_")
            raise invalid(name, rule) from None


class Actor(msgspec.Struct, frozen=True):
    """RFC 8693 section 4.1: who acts, and on whose behalf that one was acting."""

    sub: str
    act: "Actor | UnsetType" = UNSET


class IntrospectResponse(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 7662 section 2.2 for a token that is good, and ours behind it. Times in Unix seconds."""

    active: bool
    scope: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    sub: str | UnsetType = UNSET
    username: str | UnsetType = UNSET
    token_type: str | UnsetType = UNSET
    exp: int | UnsetType = UNSET
    iat: int | UnsetType = UNSET
    aud: tuple[str, ...] | UnsetType = UNSET
    iss: str | UnsetType = UNSET
    jti: str | UnsetType = UNSET
    act: Actor | UnsetType = UNSET
    key_id: str | UnsetType = UNSET
    actor_id: str | UnsetType = UNSET
    grant_id: str | UnsetType = UNSET
    delegates: tuple[str, ...] | UnsetType = UNSET
    visibility: KeyVisibility | UnsetType = UNSET
    metadata: msgspec.Raw | UnsetType = UNSET
    stale: bool | UnsetType = UNSET
    custom_claims: msgspec.Raw | UnsetType = UNSET


class RevokeForm(Redacted, frozen=True):
    """RFC 7009 section 2.1."""

    required: ClassVar = ("token",)

    token: str = ""
    token_type_hint: str | None = None

    def __post_init__(self) -> None:
        limits.required(self, self.required)


class ExchangeForm(Redacted, frozen=True, kw_only=True):
    """RFC 8693 section 2.1; `ttl` is ours, as that of derive. An empty text is as good as none."""

    required: ClassVar = ("grant_type", "subject_token", "subject_token_type")

    grant_type: Annotated[str, forms.form(enum=[EXCHANGE])] = ""
    subject_token: str = ""
    subject_token_type: Annotated[str, forms.form(enum=[ACCESS_TOKEN])] = ""
    requested_token_type: Annotated[str, forms.form(enum=["", ACCESS_TOKEN, JWT])] = ""
    scope: str = ""
    audience: tuple[str, ...] = ()
    resource: tuple[str, ...] = ()
    actor_token: str = ""
    actor_token_type: str = ""
    ttl: str = ""

    def __post_init__(self) -> None:
        if self.grant_type not in ("", EXCHANGE):
            raise OAuthError("unsupported_grant_type", f"grant_type must be {EXCHANGE}")
        limits.required(self, self.required)
        limits.text("subject_token", self.subject_token, size=limits.CREDENTIAL)
        if self.subject_token_type != ACCESS_TOKEN:
            raise invalid("subject_token_type", f"must be {ACCESS_TOKEN}")
        if self.requested_token_type not in ("", ACCESS_TOKEN, JWT):
            raise invalid("requested_token_type", f"must be {JWT} or {ACCESS_TOKEN}")
        if self.actor_token or self.actor_token_type:
            raise invalid("actor_token", "is not taken: narrow the token by a Delegate instead")
        if any(self.resource):
            raise OAuthError("invalid_target", "resource is not taken: name an audience instead")
        _said_as("invalid_target", "audience", tuple(filter(None, self.audience)))
        _said_as("invalid_scope", "scope", tuple(self.scope.split()))
        self.ttl_seconds()

    @property
    def jwt(self) -> bool:
        """Whether a JWT is wanted; as with derive it is where nothing is said."""
        return self.requested_token_type != ACCESS_TOKEN

    def ttl_seconds(self) -> int | None:
        """The life asked for, None where the default shall apply."""
        return parse_duration(self.ttl) if self.ttl else None


class ExchangeResponse(Redacted, frozen=True, kw_only=True):
    """RFC 8693 section 2.2.1, and the grant's id."""

    access_token: str
    issued_token_type: str
    token_type: str
    expires_in: int
    scope: str
    grant_id: str


class ServerMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 8414 section 2. There is no authorization endpoint, and so no type of its answers."""

    issuer: str
    token_endpoint: str
    introspection_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    response_types_supported: tuple[str, ...] = ()
    grant_types_supported: tuple[str, ...] = (EXCHANGE,)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    introspection_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    revocation_endpoint_auth_methods_supported: tuple[str, ...] = ("none",)


_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")


def scope_text(scopes: tuple[str, ...]) -> str:
    """Scopes as one text (RFC 6749 section 3.3).

    One that has no spelling there is left out: with a blank in it, it would read as two others.
    """
    return " ".join(scope for scope in scopes if _SCOPE_TOKEN.fullmatch(scope))


def _said_as(error: str, name: str, values: tuple[str, ...]) -> None:
    try:
        limits.texts(name, values)
    except Problem as problem:
        raise OAuthError(error, problem.message) from None
