"""Rotating the master secret: a new one becomes current, the old one is retired, in one step.

The file is replaced whole and durably, or not at all. Ids only ever grow, so that none is used for
two secrets. The lock is the file's own, and whoever waited for it looks again what stands there.
"""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import msgspec

from . import secretfile
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
    with _locked(path):
        old = secretfile.load(path).current
        contents = json.loads(path.read_bytes())
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
        _replace(path, json.dumps(contents, indent=2).encode() + b"\n")
    return Rotated(new_id, old.id, now + longest)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    secretfile.load(path)
    while True:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if _stands(path, descriptor):
                yield
                return
        finally:
            os.close(descriptor)


def _stands(path: Path, descriptor: int) -> bool:
    return os.path.samestat(os.stat(path, follow_symlinks=False), os.fstat(descriptor))


def _replace(path: Path, content: bytes) -> None:
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    owner = path.stat()
    try:
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with open(os.open(aside, flags, 0o600), "wb") as file:
                # Run by root, it must still be readable by the server afterwards.
                if (os.geteuid(), os.getegid()) != (owner.st_uid, owner.st_gid):
                    os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            secretfile.load(aside)
            os.replace(aside, path)
        finally:
            aside.unlink(missing_ok=True)
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise SecretFileError(
            f"The secret file {path} can't be replaced: {error.strerror}. Run this as its owner, "
            f"who must be allowed to write to {path.parent}."
        ) from None
