"""The filter of a listing: `actor_id="x"`, `status=KEY_STATUS_ACTIVE`, or both joined by AND."""

import re

import msgspec

from .problems import Problem, invalid

_TERM = re.compile(
    r"""\s*(?:
        (?P<actor>actor_id)\s*=\s*(?P<quoted>"(?:[^"\\]|\\["\\])*")
      | (?P<status>status)\s*=\s*(?P<quote>"?)(?P<name>KEY_STATUS_[A-Z]{1,20})(?P=quote)
    )""",
    re.VERBOSE,
)
_AND = re.compile(r"\s+AND\s")
_STATUSES = {
    "KEY_STATUS_ACTIVE": "active",
    "KEY_STATUS_REVOKED": "revoked",
    "KEY_STATUS_EXPIRED": "expired",
}
_LONGEST = 1024


class ListFilter(msgspec.Struct, frozen=True):
    """What a listing is narrowed to; None is not narrowed. `status` is the store's word."""

    actor: str | None = None
    status: str | None = None


def parse_filter(text: str) -> ListFilter:
    """Read a filter, empty for none. Raises Problem 400 naming the rule."""
    if not text.strip():
        return ListFilter()
    if len(text) > _LONGEST:
        raise invalid("filter", f"must be at most {_LONGEST} characters")
    actor: str | None = None
    status: str | None = None
    position = 0
    while True:
        match = _TERM.match(text, position)
        if match is None:
            raise _grammar()
        if match["actor"]:
            if actor is not None:
                raise invalid("filter", "may name actor_id only once")
            actor = re.sub(r"\\(.)", r"\1", match["quoted"][1:-1])
        else:
            if status is not None:
                raise invalid("filter", "may name status only once")
            status = _STATUSES.get(match["name"])
            if status is None:
                raise invalid("filter", f"status must be one of {', '.join(_STATUSES)}")
        if not text[match.end() :].strip():
            return ListFilter(actor, status)
        joint = _AND.match(text, match.end())
        if joint is None:
            raise _grammar()
        position = joint.end()


def _grammar() -> Problem:
    return invalid(
        "filter", 'must be actor_id="...", status=KEY_STATUS_..., or the two joined by AND'
    )
