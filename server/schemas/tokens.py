"""Request bodies of the /v1/tokens routes. No repr here shows the credential."""

from typing import Annotated, Any

from engine.redacted import Redacted
from server.problems import invalid
from server.timestamps import to_seconds

from . import forms, limits
from .credentials import Context


class TokenRequest(Redacted, frozen=True):
    """A route that takes nothing but a credential."""

    credential: forms.Credential

    def __post_init__(self) -> None:
        limits.text("credential", self.credential, size=limits.CREDENTIAL)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class AttenuateRequest(TokenRequest, frozen=True):
    """`caveats` are JSON objects with a `type`; `seal` closes the result."""

    caveats: list[Annotated[dict[str, Any], forms.like("Caveat")]] = []
    seal: bool = False


class ExplainRequest(TokenRequest, frozen=True):
    """`at` (RFC 3339, or Unix seconds) asks what would be so then; it authorises nothing."""

    context: Context | None = None
    at: str | int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.at_seconds()

    def at_seconds(self) -> int | None:
        """The moment asked about in Unix seconds, None for now."""
        at = to_seconds(self.at, "at") if isinstance(self.at, str) else self.at
        if at is not None and not 0 <= at < 2**40:
            raise invalid("at", "must be an RFC 3339 time since 1970, or Unix seconds")
        return at


class AttenuateResponse(Redacted, frozen=True):
    """`revocation_id` names the new block; null where the token was only sealed."""

    token: forms.Secret
    revocation_id: forms.KeyId | None
