"""A copy of a database that is whole, taken while a server may be writing to it.

Copying the file is not one: what was committed last is still in the write-ahead log beside it, and
a revocation that is lost so would let a dead key live again.
"""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from .base import AuditBreak
from .chain import AuditKeys
from .errors import StoreError
from .sql import audit
from .sqlite import schema
from .sqlite.file import connect, explained
from .sqlite.running import read_once
from .url import sqlite_path


def backup(url: str, to: Path, keys: AuditKeys | None = None) -> int:
    """Copy the database to a new file of mode 0600, verify it, and make it durable; its size.

    The copy is one file, and holds what was committed when the copying began. Replaces no file.
    With `keys` every row of the audit is verified, without them only that none is missing. Raises
    StoreError.
    """
    source = sqlite_path(url)
    if not source.exists():
        raise StoreError(f"There is no database {source}. Name another with --database.")
    aside = to.with_name(f".{to.name}.{secrets.token_hex(8)}")
    with _written(to):
        if os.path.lexists(to):
            raise FileExistsError
        try:
            os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            with explained(source):
                _copy(source, aside)
            _verify(aside, keys)
            _sync(aside)
            os.link(aside, to)
            _sync(to.parent)
        finally:
            for leftover in (aside, Path(f"{aside}-journal"), Path(f"{aside}-wal")):
                leftover.unlink(missing_ok=True)
    return to.stat().st_size


def _copy(source: Path, aside: Path) -> None:
    with closing(connect(source, read_only=True)) as db:
        schema.check(db)
        with closing(sqlite3.connect(aside)) as copy:
            db.backup(copy)
            # Without a log of its own it is one file, which is moved and kept as such.
            copy.execute("PRAGMA journal_mode = DELETE")


def _verify(copy: Path, keys: AuditKeys | None) -> None:
    with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True)) as db:
        told = db.execute("PRAGMA integrity_check").fetchone()[0]
    walk = partial(audit.walk, keys or AuditKeys(), unkeyed=True)
    broken = read_once(copy, walk) if told == "ok" else None
    if told != "ok" or broken is not None:
        what = f"SQLite says: {told}" if broken is None else _told(broken)
        raise StoreError(f"The copy is damaged, so it is not kept; the database may be. {what}")


def _told(broken: AuditBreak) -> str:
    return f"Its audit breaks at shard {broken.shard}, row {broken.seq}: {broken.why}."


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _written(to: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError:
        raise StoreError(f"{to} is already there and is never replaced; name another.") from None
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{to} can't be written: {error}.") from None
