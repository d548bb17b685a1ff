"""Files that nobody but their owner may read: how they are made, read and replaced.

Made and replaced whole or not at all, durable when the call returns. Whoever replaces one holds
its lock from before it was read, so that two writers never lose what the other wrote.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from . import privatefile

Stamp = tuple[int, int, int]


class SecretFileError(Exception):
    """The secret file can't be used; the message says what happened, why, and what to do."""


class Opened:
    """An open file, known to be its owner's alone. `stamp` differs once it was replaced."""

    def __init__(self, path: Path, descriptor: int) -> None:
        facts = os.fstat(descriptor)
        self.path = path
        self.stamp = _stamp(facts)
        self._owner = facts.st_uid, facts.st_gid
        self._descriptor = descriptor

    def read(self) -> bytes:
        """The whole content. Raises SecretFileError where it is too large."""
        try:
            return privatefile.contents(self._descriptor)
        except privatefile.PrivateFileError as fault:
            raise refuse(self.path, str(fault)) from None

    def replace(self, content: bytes) -> None:
        """Put a new file of the same owner in its place. Raises SecretFileError."""
        aside = _aside(self.path)
        try:
            try:
                _write(aside, content, self._owner)
                os.replace(aside, self.path)
            finally:
                aside.unlink(missing_ok=True)
            _sync_directory(self.path.parent)
        except OSError as error:
            raise SecretFileError(
                f"The secret file {self.path} can't be replaced: {error.strerror}. Run this as "
                f"its owner, who must be allowed to write to {self.path.parent}."
            ) from None


def stamp(path: Path) -> Stamp | None:
    """What tells this file from the one that replaces it, or None where there is none."""
    try:
        return _stamp(os.stat(path, follow_symlinks=False))
    except OSError:
        return None


def create(path: Path, content: bytes) -> None:
    """Make a new file. Never replaces one. Raises SecretFileError."""
    # Written aside and then linked: a crash leaves no half file, and the link is atomic among
    # processes that start at the same moment.
    aside = _aside(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            _write(aside, content)
            os.link(aside, path)
        finally:
            aside.unlink(missing_ok=True)
        _sync_directory(path.parent)
    except FileExistsError:
        raise SecretFileError(
            f"The secret file {path} is already there and is never replaced. "
            "Use it, or name another with --secret-file."
        ) from None
    except OSError as error:
        raise SecretFileError(
            f"The secret file {path} can't be created: {error.strerror}. "
            "Name a place this user may write to with --secret-file."
        ) from None


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """The file, open for reading. Raises SecretFileError unless it is whole and ours alone."""
    try:
        with privatefile.opened(path) as descriptor:
            yield Opened(path, descriptor)
    except FileNotFoundError:
        raise SecretFileError(
            f"The secret file {path} is missing, and without it no key can be verified. Bring it "
            'back from where it is kept, or make a new one with "marzipan init".'
        ) from None
    except privatefile.ReadableByOthers as fault:
        raise SecretFileError(
            f"The secret file {path} {fault}, and whoever reads it can mint any key. "
            f"Say: chmod 600 {path}"
        ) from None
    except privatefile.PrivateFileError as fault:
        raise refuse(path, str(fault)) from None


@contextlib.contextmanager
def locked(path: Path) -> Iterator[Opened]:
    """The file, open and locked against every other `locked`, to be replaced."""
    while True:
        with opened(path) as file:
            fcntl.flock(file._descriptor, fcntl.LOCK_EX)
            # While this waited, another may have put a new file in its place.
            if stamp(path) == file.stamp:
                yield file
                return


def refuse(path: Path, why: str) -> SecretFileError:
    """The error for a file that is there and unfit; `why` completes "The secret file ..."."""
    return SecretFileError(
        f"The secret file {path} {why}, so it is not used. "
        "Bring the right file back from where it is kept, or name it with --secret-file."
    )


def _stamp(facts: os.stat_result) -> Stamp:
    return facts.st_dev, facts.st_ino, facts.st_mtime_ns


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}")


def _write(path: Path, content: bytes, owner: tuple[int, int] | None = None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(path, flags, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        made = os.fstat(file.fileno())
        # Run by root, it must still be readable by the server afterwards.
        if owner is not None and owner != (made.st_uid, made.st_gid):
            os.fchown(file.fileno(), *owner)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
