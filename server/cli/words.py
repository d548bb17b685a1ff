"""The wire's words in words for people: statuses, reasons, moments."""

import re
import time
from collections.abc import Mapping
from typing import Any

from server.timestamps import from_seconds, to_seconds

REASONS = ("key_compromise", "affiliation_changed", "superseded", "privilege_withdrawn")
_SECONDS = re.compile(r"\b([0-9]{9,11})\b(?=.*\(Unix seconds\))")
_MOMENTS = ("not_before", "expires_at")
_KINDS = {"block": "narrowed token", "grant": "derived token"}
_STEPS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def status(key: Any) -> str:
    """`active` of KEY_STATUS_ACTIVE; `suspended` where a key may be resumed."""
    if key.get("suspended") and key["status"] == "KEY_STATUS_REVOKED":
        return "suspended"
    return str(key["status"]).removeprefix("KEY_STATUS_").lower()


def reason_name(word: str) -> str:
    """The wire's name of a reason of the command line."""
    return f"REVOCATION_REASON_{word.upper()}"


def day(moment: str) -> str:
    """A moment for a narrow column: its day, or how soon it comes where that is within two days."""
    left = to_seconds(moment, "time") - int(time.time())
    if not 0 < left < 2 * 86_400:
        return moment[:10]
    size, unit = next(step for step in _STEPS if left >= step[0])
    return f"in {left // size}{unit}"


def minute(moment: str) -> str:
    """`2027-01-15 08:00Z`."""
    return f"{moment[:10]} {moment[11:16]}Z"


def named(kind: str, target: str) -> str:
    """What was revoked, with the id that other commands know it by."""
    return f"the {_KINDS.get(kind, kind)} {target}"


def restricts(fields: Mapping[str, Any]) -> str:
    """A caveat's fields: `expires at 2027-01-15T08:00:00Z`, `tools search, read`."""
    told = []
    for name, value in fields.items():
        if name in _MOMENTS and isinstance(value, int):
            value = from_seconds(value)
        many = isinstance(value, list | tuple)
        told.append(f"{name.replace('_', ' ')} {', '.join(map(str, value)) if many else value}")
    return "; ".join(told)


def readable(reason: str) -> str:
    """An engine's reason with its Unix seconds as times."""
    told = _SECONDS.sub(lambda match: from_seconds(int(match[1])), reason)
    return told.replace(" (Unix seconds)", "")
