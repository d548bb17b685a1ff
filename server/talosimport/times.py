"""The timestamps of a Talos database, as its SQLite driver and SQLite itself write them.

2027-01-15 08:00:00.123456789 +0000 UTC m=+0.042    Go's own spelling, the driver's default
2027-01-15 08:00:00.123456789+00:00                 the driver's other format
2027-01-15 08:00:00                                 CURRENT_TIMESTAMP, in UTC
1800000000                                          Unix seconds
"""

import re
from datetime import UTC, datetime, timedelta

from server.problems import invalid

_TEXT = re.compile(
    rb"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    rb" ?(?:(Z|UTC)|([+-][0-9]{2}:?[0-9]{2})(?: [A-Za-z0-9+-]{1,8})?)?(?: m=[+-][0-9.]{1,32})?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST_MS = 253_402_300_799_999  # the end of the year 9999


def to_ms(field: str, value: object) -> int | None:
    """Unix milliseconds, finer digits cut off; None for NULL. Raises Problem naming the field."""
    if value is None:
        return None
    ms = value * 1000 if isinstance(value, int) else _parsed(value)
    if ms is None or not 0 <= ms <= _LATEST_MS:
        raise invalid(field, "must be a time since 1970")
    return ms


def _parsed(value: object) -> int | None:
    if not isinstance(value, bytes) or not (parts := _TEXT.fullmatch(value)):
        return None
    date, clock, fraction, _, offset = (part and part.decode() for part in parts.groups())
    try:
        moment = datetime.fromisoformat(f"{date}T{clock}{offset or '+00:00'}")
        whole = (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        return None
    return whole + int((fraction or "").ljust(3, "0")[:3])
