"""One thing that was looked at, and how it stands."""

from typing import Literal

import msgspec

Level = Literal["ok", "warn", "fail"]
OK: Level = "ok"
WARN: Level = "warn"
FAIL: Level = "fail"


class Finding(msgspec.Struct, frozen=True):
    """What was looked at, how it stands, what was seen, and what to do where it is not well."""

    check: str
    level: Level
    message: str
    advice: str = ""
