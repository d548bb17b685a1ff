"""Rotating the master secret: a new one becomes current, the old one is retired, in one step.

Ids only ever grow, so that none is used for two secrets.
"""

import json
import secrets
from pathlib import Path

import msgspec

from . import ownfile, secretfile
from .secretfile import SecretFileError

_LAST_ID = 255


class Rotated(msgspec.Struct, frozen=True):
    """The new current master's id, and until when grants of the retired one are accepted."""

    current: int
    retired: int
    end: int


def rotate(path: Path, *, now: int, longest: int) -> Rotated:
    """Make a new current master; grants of the old one end `longest` seconds from now.

    Its keys live on by their records. Raises SecretFileError, and has then changed nothing.
    """
    with ownfile.locked(path) as file:
        content = file.read()
        old = secretfile.parse(path, content, file.stamp).current
        contents = json.loads(content)
        masters = contents["masters"]
        new_id = max(master["id"] for master in masters) + 1
        if new_id > _LAST_ID:
            raise SecretFileError(
                f"The secret file {path} has used up all {_LAST_ID} master ids, and none is ever "
                "used twice. Start a new installation."
            )
        (current,) = (master for master in masters if master["id"] == old.id)
        current |= {"retired_at": now, "end": now + longest}
        masters.append(
            {"id": new_id, "secret": secrets.token_bytes(32).hex(), "retired_at": None, "end": None}
        )
        changed = json.dumps(contents, indent=2).encode() + b"\n"
        secretfile.parse(path, changed, file.stamp)
        file.replace(changed)
    return Rotated(new_id, old.id, now + longest)
