"""The database file: its permissions, its exclusive lock, and what its errors mean to people."""

import contextlib
import errno
import fcntl
import os
import sqlite3
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from storage.errors import StoreError, StoreUnavailable

_BUSY_S = 5.0
_ROOM = "free some space on its disk: what was acknowledged is safe, and writing goes on by itself"
_RIGHTS = "give this user the right to write to the file and its directory"
_ADVICE = {
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_READONLY: _RIGHTS,
    sqlite3.SQLITE_CANTOPEN: _RIGHTS,
    sqlite3.SQLITE_PERM: _RIGHTS,
    sqlite3.SQLITE_BUSY: "close the other program that holds the file",
    sqlite3.SQLITE_LOCKED: "close the other program that holds the file",
    sqlite3.SQLITE_CORRUPT: "restore it from a backup",
    sqlite3.SQLITE_NOTADB: "name another file with --database",
    sqlite3.SQLITE_IOERR: "see whether its disk is sound and has room",
}


class Lock:
    """Held by the one process that writes the file; the kernel drops it, also after kill -9.

    Raises StoreError naming the holder, or where the file is not ours alone; StoreUnavailable where
    the directory can't be written.
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
        try:
            with explained(path):
                _require_ours(path)
                os.ftruncate(self._descriptor, 0)
                os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        except StoreError:
            self.release()
            raise

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
        # SQLite gives its -wal and -shm files the permissions of the database file. One that is
        # there is not opened: closing it would drop the locks of this process' other connections.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
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
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.create_function("database_ms", 0, lambda: int(time.time() * 1000))
    except BaseException:
        connection.close()
        raise
    return connection


def _require_ours(path: Path) -> None:
    """Refuse a database that somebody else can write, and let nobody else read it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            raise StoreError(f"The database {path} is not a regular file. Name another.")
        if facts.st_nlink != 1:
            # The lock and the write-ahead log go by the name: under another one there is neither.
            raise StoreError(
                f"The database {path} has {facts.st_nlink} names (hard links), and what was "
                "committed last is beside one of them alone. Remove the others; a copy is made "
                "with `marzipan backup`."
            )
        # Root may serve or mend what belongs to the user whose directory it is in.
        users = {os.geteuid()} if os.geteuid() else {0, path.parent.stat().st_uid}
        if facts.st_uid not in users:
            raise StoreError(
                f"The database {path} belongs to user {facts.st_uid}, who could write into it what "
                f"was never issued. Run this as that user, or say: chown {os.geteuid()} {path}"
            )
        if facts.st_mode & 0o022:
            raise StoreError(
                f"The database {path} can be written by its group or others, who could revive what "
                f"was revoked. Say: chmod 600 {path}"
            )
        if facts.st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the file system and SQLite raise into a StoreUnavailable fit to read."""
    try:
        yield
    except sqlite3.Error as error:
        raise unavailable(path, error) from error
    except OSError as error:
        advice = _ROOM if error.errno == errno.ENOSPC else _RIGHTS
        raise StoreUnavailable(
            f"The database {path} can't be written: {error.strerror}. To mend it, {advice}; or "
            "name another file with --database."
        ) from error


def unavailable(path: Path, error: Exception) -> StoreUnavailable:
    """What a driver's error means, and what to do."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF  # without details
    advice = _ADVICE.get(code, "report it: this is a fault of the program")
    return StoreUnavailable(f"The database {path} failed: {error}. To mend it, {advice}.")
