"""The schema of a SQLite file: what it has, and what it lacks."""

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from storage.migrate import INSERT, SELECT, TABLE, Migration, compare, known, require_all

from .file import Lock, connect, explained

_EXISTS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"


def status(path: Path) -> Sequence[Migration]:
    """Every step in order. Raises SchemaMismatch or StoreUnavailable; changes nothing."""
    if not path.exists():
        return known("sqlite")
    with explained(path), closing(connect(path, read_only=True)) as db:
        return _steps(db)


def up(path: Path) -> Sequence[str]:
    """Apply what is missing, each step whole; the names applied. Raises as `status`."""
    with Lock(path), explained(path), closing(connect(path)) as db:
        db.execute(TABLE)
        pending = [step for step in _steps(db) if not step.applied]
        for step in pending:
            db.execute("BEGIN IMMEDIATE")
            db.execute(step.sql)
            db.execute(INSERT, (step.name, step.checksum, int(time.time())))
            db.execute("COMMIT")
        return [step.name for step in pending]


def check(db: sqlite3.Connection) -> None:
    """Raise SchemaMismatch unless the database has every step, unedited, and no others."""
    require_all(_steps(db))


def _steps(db: sqlite3.Connection) -> Sequence[Migration]:
    migrated = db.execute(_EXISTS).fetchone() is not None
    return compare(known("sqlite"), dict(db.execute(SELECT)) if migrated else {})
