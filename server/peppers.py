"""The file with the peppers under which another system made HMACs of its keys.

A JSON object per line; the id is what an import names, the pepper itself never goes over HTTP:

    {"id": "main", "value": "the pepper as a text"}
    {"id": "old", "hex": "00ff..."}

Whoever reads it can try guesses on what else was made with these peppers, so it is refused while
others could read it, and no message and no repr carries any of it.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec

from engine.redacted import Redacted

from . import privatefile

MOST = 16  # each costs an HMAC for every raw key that nobody knows
LONGEST_ID = 64
_ID = re.compile(rf"[A-Za-z0-9._-]{{1,{LONGEST_ID}}}")


class PepperError(Exception):
    """The file can't be used; the message says what happened, why, and what to do."""


class _Line(Redacted, frozen=True, forbid_unknown_fields=True):
    id: str
    value: str | None = None
    hex: str | None = None


def load(path: Path) -> Mapping[str, bytes]:
    """The peppers by id. Raises PepperError unless the file is whole, sound, and ours alone."""
    try:
        text = privatefile.read(path).decode("utf-8-sig")
    except FileNotFoundError:
        raise _refuse(path, "is missing") from None
    except privatefile.ReadableByOthers as fault:
        raise PepperError(f"The file {path} {fault}. Say: chmod 600 {path}") from None
    except privatefile.PrivateFileError as fault:
        raise _refuse(path, str(fault)) from None
    except UnicodeDecodeError:
        raise _refuse(path, "is not text in UTF-8") from None
    found: dict[str, bytes] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            name, pepper = _pepper(path, number, line)
            if name in found:
                raise _refuse(path, f"gives an id a second time in line {number}")
            found[name] = pepper
    if not 1 <= len(found) <= MOST:
        raise _refuse(path, f"holds {len(found)} peppers, not 1 to {MOST}")
    return found


def is_id(text: str) -> bool:
    """Whether a pepper may be called so."""
    return _ID.fullmatch(text) is not None


def _pepper(path: Path, number: int, line: str) -> tuple[str, bytes]:
    try:
        read = msgspec.json.decode(line, type=_Line)
        if read.value is not None and read.hex is None:
            pepper = read.value.encode()
        else:
            pepper = bytes.fromhex(read.hex or "")
    except (ValueError, RecursionError):  # msgspec's errors are ValueErrors too
        read, pepper = _Line(""), b""
    if not is_id(read.id) or not pepper or (read.value is not None) == (read.hex is not None):
        rule = 'is not {"id": 1 to 64 of A-Z a-z 0-9 . _ -, and either "value" or "hex"}'
        raise _refuse(path, f"has a line {number} that {rule}")
    return read.id, pepper


def _refuse(path: Path, why: str) -> PepperError:
    return PepperError(
        f"The file {path} {why}, so no key that was imported as an HMAC can be found. Correct it, "
        "name another in imports.peppers_file, or take that setting away."
    )
