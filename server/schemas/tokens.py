"""Request bodies of the /v1/tokens routes. No repr here shows the credential."""

from typing import Any

from engine.redacted import Redacted
from server.problems import invalid

from . import limits
from .credentials import Context


class TokenRequest(Redacted, frozen=True):
    """A route that takes nothing but a credential."""

    credential: str

    def __post_init__(self) -> None:
        limits.text("credential", self.credential, size=limits.CREDENTIAL)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class AttenuateRequest(TokenRequest, frozen=True):
    """`caveats` are JSON objects with a `type`; `seal` closes the result."""

    caveats: list[dict[str, Any]] = []
    seal: bool = False


class ExplainRequest(TokenRequest, frozen=True):
    """`at` (Unix seconds) asks what would be so then; it authorises nothing."""

    context: Context | None = None
    at: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.at is not None and not 0 <= self.at < 2**40:
            raise invalid("at", "must be Unix seconds")
