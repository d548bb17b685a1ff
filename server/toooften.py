"""Refusals of a credential that is good, and was used as much as it may be for now."""

from collections.abc import Sequence

from engine import CaveatUnmet, Grant, TokenError

from .asgi import Headers
from .limits import headers
from .limits.limit import NO_LIMITS, Of, Outcome


class TooOften(CaveatUnmet):
    """The credential is good, and was used as much as it may be for now.

    `grant` is what it would have been good for: it is authentic and has paid before. `outcome` is
    how its rate limits stand.
    """

    grant: Grant | None = None
    outcome: Outcome = NO_LIMITS


class RateLimited(TooOften):
    """A rate limit of the key, its actor or its tenant is reached; nothing was counted."""

    @classmethod
    def by(cls, outcome: Outcome, grant: Grant) -> "RateLimited":
        """The refusal of a use."""
        reason = "the rate limit is reached"
        if (refusing := outcome.refusing) is not None:
            stated = refusing.limit.stated
            rate = f"{stated.quota} per {stated.window_s} seconds"
            reason = f"the {refusing.limit.of}'s rate limit of {rate} is reached"
        error = cls(0, None, "RateLimit", reason)
        error.grant, error.outcome = grant, outcome
        return error


class BudgetSpent(TooOften):
    """A budget has no room for this access; its window ends at `until` (Unix seconds)."""

    until: int | None = None


def retry_after(error: TokenError, now: int) -> Headers:
    """Retry-After in whole seconds, at least 1, where a refusal says when it ends."""
    if isinstance(error, RateLimited):
        return headers.retry_after(error.outcome)
    until = error.until if isinstance(error, BudgetSpent) else None
    return () if until is None else ((b"retry-after", str(max(1, until - now)).encode()),)


def told_of(error: TokenError, now: int, hidden: Sequence[Of] = ()) -> Headers:
    """All that headers tell of a refusal: the limits that are not hidden, and Retry-After."""
    limits = headers.rate_limit(error.outcome, hidden) if isinstance(error, TooOften) else ()
    return limits + retry_after(error, now)
