"""A file with secrets is read only while nobody else could have read or written it."""

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

LARGEST = 1024 * 1024


class PrivateFileError(Exception):
    """The file can't be trusted; the message completes the sentence "The file ..."."""


class ReadableByOthers(PrivateFileError):
    """Its group or others may read or write the file."""

    def __init__(self) -> None:
        super().__init__("can be read or written by its group or others")


@contextlib.contextmanager
def opened(path: Path) -> Iterator[int]:
    """The file's descriptor. Raises PrivateFileError, or FileNotFoundError where there is none."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        raise
    except OSError as error:
        if path.is_symlink():
            raise PrivateFileError("is a symbolic link, not a regular file") from None
        raise PrivateFileError(f"can't be read ({error.strerror})") from None
    try:
        _check_ours_alone(os.fstat(descriptor), path.parent)
        yield descriptor
    finally:
        os.close(descriptor)


def contents(descriptor: int) -> bytes:
    """All that the open file holds. Raises PrivateFileError where it is too large."""
    with open(descriptor, "rb", closefd=False) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise PrivateFileError(f"is larger than {LARGEST} bytes")
    return content


def read(path: Path) -> bytes:
    """The file's contents. Raises PrivateFileError, or FileNotFoundError where there is none."""
    with opened(path) as descriptor:
        return contents(descriptor)


def _check_ours_alone(facts: os.stat_result, directory: Path) -> None:
    # Of the opened descriptor, not of the path: what is checked is what will be read.
    if not stat.S_ISREG(facts.st_mode):
        raise PrivateFileError("is not a regular file")
    # Whoever owns it could have written it. Root may use what belongs to the user whose directory
    # it is in, to keep a server's files.
    me = os.geteuid()
    if facts.st_uid not in ({me} if me else {0, directory.stat().st_uid}):
        raise PrivateFileError(f"belongs to user {facts.st_uid}, not to who runs this (user {me})")
    if facts.st_mode & 0o077:
        raise ReadableByOthers
