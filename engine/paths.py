"""Paths and resources, matched by whole segments, and only where they have one reading.

Whatever a backend might normalise differently is refused before matching: empty, "." and ".."
segments (also before ";"), backslashes, controls, "#" (some cut a fragment off), and escapes that
decode to one of ". / \\ % ;", to a control, or to no UTF-8 (some read an overlong "." as "."). The
query is cut off first.

Holders write the patterns, and whoever sends the request writes the path: each is read once, so
that the work is bounded by the two lengths and not by their product.
"""

import re
from collections.abc import Iterable
from urllib.parse import unquote

from . import limits

_UNSAFE_ESCAPES = frozenset("./\\%;")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_AMBIGUOUS = re.compile(r"[\x00-\x1f\x7f-\x9f\\#]")


def segments(text: str) -> tuple[str, ...] | None:
    """The segments of a path or resource, or None where it has more than one reading.

    A leading "/" counts as an empty first segment, so that "/a" and "a" differ; "/" is ("",). What
    exceeds 8,192 bytes without its query is not read at all, and None.
    """
    text = text.split("?", 1)[0]
    if not text or _exceeds(text, limits.PATH) or _AMBIGUOUS.search(text):
        return None
    if "%" in text and not _decodes(text):
        return None
    if text == "/":
        return ("",)
    parts = tuple(text.split("/"))
    named = parts[1:] if parts[0] == "" else parts
    if any(part.split(";", 1)[0] in ("", ".", "..") for part in named):
        return None
    return parts


def _exceeds(text: str, limit: int) -> bool:
    return len(text) > limit or len(text.encode(errors="surrogatepass")) > limit


def _decodes(text: str) -> bool:
    """Whether every escape in the text decodes to a character that is safe to have encoded."""
    for escape in _ESCAPE.finditer(text):
        if escape[1] is None or chr(int(escape[1], 16)) in _UNSAFE_ESCAPES:
            return False
    # From 0x80 on an escape is a byte of a longer character, so the whole is decoded at once.
    try:
        return _CONTROL.search(unquote(text, errors="strict")) is None
    except UnicodeDecodeError:
        return False


def _read(pattern: str) -> tuple[str, ...] | str:
    """The segments of a pattern, or why it is none."""
    if "?" in pattern:
        return "a pattern must not hold '?'"
    parts = segments(pattern)
    if parts is None:
        return "a pattern must not hold an empty, '.' or '..' segment, or an ambiguous character"
    if any("*" in part for part in parts[:-1]) or ("*" in parts[-1] and parts[-1] != "*"):
        return "'*' must be the last whole segment of a pattern"
    return parts


def fault(pattern: str) -> str | None:
    """Why this is not a pattern, or None."""
    read = _read(pattern)
    return read if isinstance(read, str) else None


def under(given: tuple[str, ...], patterns: Iterable[str]) -> bool:
    """Whether a path of these segments is one of the patterns, or below one that ends in "*"."""
    for pattern in patterns:
        wanted = _read(pattern)
        if isinstance(wanted, str):
            continue
        if wanted[-1] != "*":
            if wanted == given:
                return True
        elif len(given) >= len(wanted) and given[: len(wanted) - 1] == wanted[:-1]:
            return True
    return False


def covers(pattern: str, path: str) -> bool:
    """Whether a path is the pattern, or lies below a pattern that ends in "*"."""
    given = segments(path)
    return given is not None and under(given, (pattern,))
