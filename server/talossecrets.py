"""The file with a Talos installation's HMAC secrets.

One secret per line, current and retired alike, in any order. A line that begins with "{" is a JSON
object instead, for a secret that is accepted only until a moment, or begins or ends with a blank:

    the current secret, as it stood in secrets.hmac.current
    {"value": "a retired secret", "expires_at": "2027-06-30T00:00:00Z"}

Whoever reads it can make any old key, so it is refused while others could read it, and no message
and no repr carries any of it.
"""

from pathlib import Path

import msgspec

from engine.formats.talos import HmacSecret
from engine.redacted import Redacted

from . import privatefile
from .problems import Problem
from .timestamps import to_ms

SHORTEST = 32  # characters; Talos refuses shorter ones too


class TalosSecretError(Exception):
    """The file can't be used; the message says what happened, why, and what to do."""


class _Line(Redacted, frozen=True, forbid_unknown_fields=True):
    value: str
    expires_at: str | None = None

    def __repr__(self) -> str:
        return "_Line(...)"


def load(path: Path) -> tuple[HmacSecret, ...]:
    """The secrets. Raises TalosSecretError unless the file is whole, sound, and ours alone."""
    try:
        text = privatefile.read(path).decode("utf-8-sig")
    except FileNotFoundError:
        raise _refuse(path, "is missing") from None
    except privatefile.ReadableByOthers as fault:
        raise TalosSecretError(
            f"The file {path} {fault}, and whoever reads it can make any key of the old "
            f"installation. Say: chmod 600 {path}"
        ) from None
    except privatefile.PrivateFileError as fault:
        raise _refuse(path, str(fault)) from None
    except UnicodeDecodeError:
        raise _refuse(path, "is not text in UTF-8") from None
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    found = [_secret(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise _refuse(path, "holds no secret")
    if any(one == other for i, one in enumerate(found) for other in found[:i]):
        raise _refuse(path, "gives the same secret twice")
    return tuple(found)


def _secret(path: Path, number: int, line: str) -> HmacSecret:
    if line.startswith("{"):
        try:
            read = msgspec.json.decode(line, type=_Line)
            end = None if read.expires_at is None else to_ms(read.expires_at, "") // 1000
        except (msgspec.MsgspecError, UnicodeError, RecursionError, Problem):
            rule = 'is not {"value": ..., "expires_at": an RFC 3339 time}'
            raise _refuse(path, f"has a line {number} that {rule}") from None
    elif line != line.strip():
        raise _refuse(path, f"has a line {number} that begins or ends with a blank")
    else:
        read, end = _Line(line), None
    if len(read.value) < SHORTEST:
        raise _refuse(path, f"has a secret in line {number} of fewer than {SHORTEST} characters")
    return HmacSecret(read.value, end)


def _refuse(path: Path, why: str) -> TalosSecretError:
    return TalosSecretError(
        f"The file {path} {why}, so no credential of the old installation can be verified. Correct "
        "it, name another in talos.hmac_secret_file, or take that setting away."
    )
