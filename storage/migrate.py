"""The schema's steps: plain numbered SQL files, one statement each, forward only.

What was applied is remembered with its checksum, so that an edited step and a database newer than
the code are both refused instead of guessed about. How steps are applied is each database's own.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from .errors import SchemaMismatch

TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name TEXT NOT NULL PRIMARY KEY, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL
)"""
INSERT = "INSERT INTO schema_migrations (name, checksum, applied_at) VALUES (?, ?, ?)"
SELECT = "SELECT name, checksum FROM schema_migrations"


class Migration(msgspec.Struct, frozen=True):
    """One step, and whether this database has it."""

    name: str
    sql: str
    applied: bool = False

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def known(dialect: str) -> Sequence[Migration]:
    """The steps of this version for "sqlite" or "postgres", in order."""
    folder = Path(__file__).parent / "migrations" / dialect
    return [Migration(file.stem, file.read_text()) for file in sorted(folder.glob("*.sql"))]


def compare(steps: Sequence[Migration], applied: Mapping[str, str]) -> Sequence[Migration]:
    """The steps against those of a database, name -> checksum. Raises SchemaMismatch."""
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


def require_all(steps: Sequence[Migration]) -> None:
    """Raise SchemaMismatch unless the database has every step."""
    if missing := [step.name for step in steps if not step.applied]:
        raise SchemaMismatch(
            f"The database lacks {len(missing)} schema steps, the first is {missing[0]}. "
            "Run `marzipan migrate up`, or `marzipan init` for a new database."
        )
