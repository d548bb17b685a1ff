"""A small forward-only migration runner: plain numbered SQL files, one statement each.

What was applied is remembered with its checksum, so that an edited migration and a database newer
than the code are both refused instead of guessed about.
"""

import hashlib
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from .errors import SchemaMismatch
from .sqlite.file import Lock, connect, explained
from .url import sqlite_path

_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL
)"""
_INSERT = "INSERT INTO schema_migrations (name, checksum, applied_at) VALUES (?, ?, ?)"
_SELECT = "SELECT name, checksum FROM schema_migrations"
_EXISTS = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migrations'"


class Migration(msgspec.Struct, frozen=True):
    """One step, and whether this database has it."""

    name: str
    sql: str
    applied: bool = False

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


async def migrate_status(url: str) -> Sequence[Migration]:
    """Every step in order. Raises SchemaMismatch or StoreUnavailable; changes nothing."""
    path = sqlite_path(url)
    if not path.exists():
        return known()
    with explained(path):
        connection = connect(path, read_only=True)
        try:
            return compare(connection)
        finally:
            connection.close()


async def is_initialised(url: str) -> bool:
    """Whether the database has any schema; a file that is missing or empty has none."""
    return any(step.applied for step in await migrate_status(url))


async def migrate_up(url: str) -> Sequence[str]:
    """Apply what is missing, each step whole; the names applied. Raises as `migrate_status`."""
    path = sqlite_path(url)
    with Lock(path), explained(path):
        connection = connect(path)
        try:
            connection.execute(_TABLE)
            pending = [step for step in compare(connection) if not step.applied]
            for step in pending:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(step.sql)
                connection.execute(_INSERT, (step.name, step.checksum, int(time.time())))
                connection.execute("COMMIT")
            return [step.name for step in pending]
        finally:
            connection.close()


def check(connection: sqlite3.Connection) -> None:
    """Raise SchemaMismatch unless the database has every step, unedited, and no others."""
    missing = [step.name for step in compare(connection) if not step.applied]
    if missing:
        raise SchemaMismatch(
            f"The database lacks {len(missing)} schema steps, the first is {missing[0]}. "
            "Run `marzipan migrate up`, or `marzipan init` for a new database."
        )


def compare(connection: sqlite3.Connection) -> Sequence[Migration]:
    """The steps of this version against those of the database. Raises SchemaMismatch."""
    migrated = connection.execute(_EXISTS).fetchone() is not None
    applied = dict(connection.execute(_SELECT)) if migrated else {}
    steps = known()
    if newer := sorted(applied.keys() - {step.name for step in steps}):
        raise SchemaMismatch(
            f"The database has the schema step {newer[0]}, which this version does not know: a "
            "newer version has migrated it. Run that version, or restore a backup."
        )
    for step in steps:
        if step.name in applied and applied[step.name] != step.checksum:
            raise SchemaMismatch(
                f"The schema step {step.name} was edited after it was applied to this database. "
                "Reinstall this version; steps are never edited."
            )
    return [msgspec.structs.replace(step, applied=step.name in applied) for step in steps]


def known() -> Sequence[Migration]:
    """The steps of this version, in order."""
    folder = Path(__file__).parent / "migrations" / "sqlite"
    return [Migration(file.stem, file.read_text()) for file in sorted(folder.glob("*.sql"))]
