"""The database file: its permissions, its exclusive lock, and what its errors mean to people."""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from storage.errors import StoreError, StoreUnavailable

_FULL = "database or disk is full"
_BUSY_S = 5.0


class Lock:
    """Held by the one process that writes the file; the kernel drops it, also after kill -9.

    Raises StoreError naming the holder, or StoreUnavailable where the directory can't be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with explained(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._descriptor = os.open(f"{path}.lock", flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._descriptor, 20).decode(errors="replace").strip() or "unknown"
            os.close(self._descriptor)
            raise StoreError(
                f"The database {path} is in use by process {holder}. Stop it first, or name "
                "another file with --database."
            ) from None
        with explained(path):
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process have the file. Idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> "Lock":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection in WAL mode that survives power loss once COMMIT returned."""
    if not read_only:
        # SQLite gives its -wal and -shm files the permissions of the database file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=_BUSY_S,
        check_same_thread=False,
    )
    try:
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA trusted_schema = OFF")
    except BaseException:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the file system and SQLite raise into a StoreUnavailable fit to read."""
    try:
        yield
    except sqlite3.Error as error:
        raise unavailable(path, error) from error
    except OSError as error:
        raise StoreUnavailable(
            f"The database {path} can't be written: {error.strerror}. Give this user the right to "
            f"write to {path.parent}, or name another file with --database."
        ) from error


def unavailable(path: Path, error: sqlite3.Error) -> StoreUnavailable:
    """What a driver's error means, and what to do."""
    text = str(error)
    if _FULL in text:
        advice = f"free some space on the disk of {path.parent}; what was acknowledged is safe"
    elif "readonly" in text or "unable to open" in text:
        advice = f"give this user the right to write to {path.parent} and the file"
    elif "locked" in text:
        advice = "another program holds the file: close it"
    elif isinstance(error, sqlite3.DatabaseError) and "malformed" in text:
        advice = "restore it from a backup, or try `sqlite3 FILE .recover`"
    else:
        advice = "see whether the disk and the file are sound"
    return StoreUnavailable(f"The database {path} failed: {text}. To mend it, {advice}.")
