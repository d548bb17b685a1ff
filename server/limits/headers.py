"""Retry-After and the RateLimit fields of draft-ietf-httpapi-ratelimit-headers-11.

The key's limit is called "default", as in the compatible answer. A quota of more than 15 digits has
no field, since no structured field can hold it (RFC 9651).
"""

from collections.abc import Iterable

from server.asgi import Headers

from .limit import SECOND, Of, Outcome, Standing

_NAMES = {Of.KEY: "default", Of.ACTOR: "actor", Of.TENANT: "tenant"}
_DIGITS = 15


def rate_limit(outcome: Outcome, hidden: Iterable[Of] = ()) -> Headers:
    """RateLimit-Policy and RateLimit, one item for each limit that is not hidden."""
    shown = [
        each
        for each in outcome.standings
        if each.limit.of not in hidden and each.limit.stated.quota < 10**_DIGITS
    ]
    if not shown:
        return ()
    fields = [(b"ratelimit-policy", b", ".join(map(_policy, shown)))]
    if left := [_left(each) for each in shown if each.taken is not None]:
        fields.append((b"ratelimit", b", ".join(left)))
    return tuple(fields)


def retry_after(outcome: Outcome) -> Headers:
    """When the use would be let pass, in whole seconds and at least 1, where it was not."""
    if (refusing := outcome.refusing) is None or refusing.taken is None:
        return ()
    return ((b"retry-after", b"%d" % max(1, seconds(refusing.taken.retry_after))),)


def seconds(ticks: int) -> int:
    """Whole seconds, rounded up."""
    return -(-ticks // SECOND)


def _policy(standing: Standing) -> bytes:
    limit = standing.limit
    return f'"{_NAMES[limit.of]}";q={limit.stated.quota};w={limit.stated.window_s}'.encode()


def _left(standing: Standing) -> bytes:
    taken = standing.taken
    assert taken is not None
    return f'"{_NAMES[standing.limit.of]}";r={taken.remaining};t={seconds(taken.reset)}'.encode()
