"""Unix seconds and milliseconds as RFC 3339 in UTC, and back."""

import re
from datetime import UTC, datetime, timedelta

from .problems import invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 253_402_300_799_999
_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


def from_seconds(seconds: int) -> str:
    """`2027-01-15T08:00:00Z`."""
    return from_ms(seconds * 1000)


def from_ms(ms: int) -> str:
    """`2027-01-15T08:00:00.250Z`; a whole second is written without its zeros.

    RFC 3339 ends with the year 9999: whatever lies beyond reads as its last second.
    """
    moment = _EPOCH + timedelta(milliseconds=min(ms, _LATEST_MS))
    precision = "milliseconds" if ms % 1000 else "seconds"
    return moment.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def to_ms(text: str, field: str) -> int:
    """Unix milliseconds, finer digits cut off. Raises Problem 400 for anything but RFC 3339."""
    try:
        if not _RFC3339.fullmatch(text):
            raise ValueError
        return (datetime.fromisoformat(text).astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise invalid(field, 'must be an RFC 3339 time such as "2027-01-15T08:00:00Z"') from None


def to_seconds(text: str, field: str) -> int:
    """Unix seconds, fractions cut off. Raises Problem 400 for anything but RFC 3339."""
    return to_ms(text, field) // 1000
