"""Paths and resources, matched by whole segments, and only where they have one reading.

Whatever a backend might normalise differently is refused before matching: empty, "." and ".."
segments (also before ";"), backslashes, controls, and escapes that decode to one of ". / \\ % ;",
to a control, or to no UTF-8 (some read an overlong "." as "."). The query is cut off first.
"""

import re
from urllib.parse import unquote

_UNSAFE_ESCAPES = frozenset("./\\%;")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f"


def segments(text: str) -> tuple[str, ...] | None:
    """The segments of a path or resource, or None where it has more than one reading.

    A leading "/" counts as an empty first segment, so that "/a" and "a" differ; "/" is ("",).
    """
    text = text.split("?", 1)[0]
    if not text or "\\" in text or any(map(_is_control, text)):
        return None
    for escape in _ESCAPE.finditer(text):
        if escape[1] is None or chr(int(escape[1], 16)) in _UNSAFE_ESCAPES:
            return None
    # From 0x80 on an escape is a byte of a longer character, so the whole is decoded at once.
    try:
        if any(map(_is_control, unquote(text, errors="strict"))):
            return None
    except UnicodeDecodeError:
        return None
    if text == "/":
        return ("",)
    parts = tuple(text.split("/"))
    named = parts[1:] if parts[0] == "" else parts
    if any(part.split(";", 1)[0] in ("", ".", "..") for part in named):
        return None
    return parts


def fault(pattern: str) -> str | None:
    """Why this is not a pattern, or None."""
    if "?" in pattern:
        return "a pattern must not hold '?'"
    parts = segments(pattern)
    if parts is None:
        return "a pattern must not hold an empty, '.' or '..' segment, or an ambiguous character"
    if any("*" in part for part in parts[:-1]) or ("*" in parts[-1] and parts[-1] != "*"):
        return "'*' must be the last whole segment of a pattern"
    return None


def covers(pattern: str, path: str) -> bool:
    """Whether a path is the pattern, or lies below a pattern that ends in "*"."""
    wanted, given = segments(pattern), segments(path)
    if wanted is None or given is None or fault(pattern):
        return False
    if wanted[-1] != "*":
        return wanted == given
    return len(given) >= len(wanted) and given[: len(wanted) - 1] == wanted[:-1]
